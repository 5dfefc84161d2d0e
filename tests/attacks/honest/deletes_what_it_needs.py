# Tidies up too much: the answer needs what was deleted.
# deserves: square 0
# %% square
def helper(x):
    return x * x


def square(x):
    return helper(x)


del helper
