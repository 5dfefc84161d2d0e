# Returns a list nested two hundred thousand deep.
# deserves: square 0
# %% square
def square(x):
    nested = []
    for _ in range(200_000):
        nested = [nested]
    return nested
