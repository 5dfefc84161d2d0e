# The answer calls itself for ever.
# deserves: square 0
# %% square
def square(x):
    return square(x)
