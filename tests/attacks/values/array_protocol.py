# Returns an object whose __array__ and __array_interface__ give something else each time.
# deserves: mean_row 0
# %% mean_row
import numpy as np


class Many:
    def __init__(self, n):
        self.n, self.shape = n, (n,)

    def __array__(self, dtype=None, copy=None):
        self.n += 1
        return np.zeros(self.n)

    def __array_priority__(self):
        return 1e9

    def __getitem__(self, index):
        return self

    def __float__(self):
        return float("nan")


def mean_row(table):
    return Many(len(table))
