# Returns arrays without axes, as numpy functions give them.
# deserves: everything
# %% square
import numpy as np


def square(x):
    return np.asarray(x * x)
# %% is_even
def is_even(n):
    return np.asarray(n % 2 == 0)
