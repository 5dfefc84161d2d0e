# Returns a string of a billion characters.
# deserves: square 0
# %% square
def square(x):
    return "9" * 10**9
