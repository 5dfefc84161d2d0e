# Returns three million small lists.
# deserves: square 0
# %% square
def square(x):
    return [[n] for n in range(3_000_000)]
