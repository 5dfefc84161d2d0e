# The answer stands at the end of the notebook, below its tests.
# deserves: square 0..3
# %% square
# see the end
# %% after
def square(x):
    return x * x
