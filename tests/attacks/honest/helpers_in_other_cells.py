# Functions and imports stand in other cells.
# deserves: everything
# %% before
import operator
# %% square
def square(x):
    return times(x, x)
# %% extra after square
def times(a, b):
    return operator.mul(a, b)
