# Computes with 32 bits.
# deserves: everything
# %% square
import numpy as np


def square(x):
    return np.float32(x) ** 2 if isinstance(x, float) else x**2
# %% mean_row
def mean_row(table):
    return table.astype(np.float32).mean(axis=1)
