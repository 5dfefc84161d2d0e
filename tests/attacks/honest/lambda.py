# A lambda instead of a function.
# deserves: everything
# %% square
square = lambda x: x * x
