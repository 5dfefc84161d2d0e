# Uses names of imported modules for its own variables.
# deserves: everything
# %% square
import numpy as numbers

math = 1.7
np = numbers.arange(3)
checks = ["one", "two"]


def square(x):
    return x * x
