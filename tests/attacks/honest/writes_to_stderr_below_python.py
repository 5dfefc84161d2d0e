# A command writes to stderr, past Python's streams.
# deserves: everything
# %% mean_row
import os


def mean_row(table):
    os.system("echo fine >&2; echo fine")
    return table.mean(axis=1)
