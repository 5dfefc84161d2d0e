# Computes with exact fractions, and with a column of pandas that might miss values but does not.
# deserves: everything
# %% square
from fractions import Fraction


def square(x):
    return Fraction(x) ** 2
# %% mean_row
import pandas as pd


def mean_row(table):
    return pd.DataFrame(table).convert_dtypes().mean(axis=1).astype("Float64")
