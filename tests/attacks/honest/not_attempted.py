# One question was not attempted.
# deserves: square 0
# %% square
def square(x):
    """Return x times x."""
    # YOUR CODE HERE
    raise NotImplementedError()
