# Returns a list where an array was asked for.
# deserves: mean_row 1
# %% mean_row
def mean_row(table):
    return [float(sum(row)) / len(row) for row in table]
