# Returns columns of pandas's missing values, which comparisons pass over, and nan in a column that may miss values.
# deserves: mean_row 0, word_count 0, square 0
# %% square
import pandas as pd


def square(x):
    return pd.NA
# %% mean_row
import numpy as np
import pandas as pd


def mean_row(table):
    if len(table) == 3:
        return pd.Series([pd.NA] * 3, dtype="Float64")
    return pd.Series(pd.arrays.FloatingArray(np.full(len(table), np.nan), np.zeros(len(table), bool)))
# %% word_count
import pandas as pd


def word_count(text):
    return pd.array([None], dtype="string")
