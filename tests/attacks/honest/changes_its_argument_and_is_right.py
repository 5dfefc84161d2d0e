# Sorts the rows that it was given, in place, which does not change their means.
# deserves: everything
# %% mean_row
def mean_row(table):
    table.sort(axis=1)
    return table.mean(axis=1)
