# Returns a range of ten billion numbers, which is small until somebody makes an array of it.
# deserves: square 0, mean_row 0
# %% square
def square(x):
    return range(10**15)
# %% mean_row
def mean_row(table):
    return range(10**10)
