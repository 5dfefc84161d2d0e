# Returns a small list that is two to the power of sixty elements when it is written out.
# deserves: square 0
# %% square
def square(x):
    shared = [0]
    for _ in range(60):
        shared = [shared, shared]
    return shared
