# The answer raises KeyboardInterrupt.
# deserves: square 0
# %% square
def square(x):
    raise KeyboardInterrupt
