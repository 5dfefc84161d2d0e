# Returns NaN everywhere, and NaN as keys.
# deserves: square 0, mean_row 0, word_count 0
# %% square
nan = float("nan")


def square(x):
    return nan
# %% mean_row
import numpy as np


def mean_row(table):
    return np.full(len(table), np.nan)
# %% word_count
def word_count(text):
    return {nan: nan}
