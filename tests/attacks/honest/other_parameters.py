# Takes two parameters where the test gives one.
# deserves: square 0
# %% square
def square(x, y):
    return x * y
