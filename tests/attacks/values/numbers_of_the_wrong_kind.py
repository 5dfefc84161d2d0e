# Returns the number as text, as bytes, and as a list of one.
# deserves: square 0
# %% square
def square(x):
    return str(x * x) if isinstance(x, int) else [x * x]
