# Returns an array of a petabyte that takes eight bytes, and one of 640 MB.
# deserves: mean_row 0
# %% mean_row
import numpy as np


def mean_row(table):
    if len(table) == 3:
        return np.broadcast_to(np.float64(1.0), (10**7, 10**7))
    return np.ones(80_000_000)
