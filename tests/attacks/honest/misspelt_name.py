# Defines a function with another name than was asked for.
# deserves: square 0
# %% square
def Square(x):
    return x * x
