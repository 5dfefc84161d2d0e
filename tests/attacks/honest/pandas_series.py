# Computes with pandas and returns one of its series.
# deserves: everything
# %% mean_row
import pandas as pd


def mean_row(table):
    return pd.DataFrame(table).mean(axis=1)
