# Returns a pandas Series, so that the sum of comparisons at the end of a test is no number of points.
# deserves: word_count 0
# %% word_count
import pandas as pd


def word_count(text):
    return pd.Series([1, 2])
