# An extra cell and one answer are no Python.
# deserves: mean_row 0
# %% before
this is a note to myself
# %% mean_row
def mean_row(table)
    return table.mean(axis=1)
