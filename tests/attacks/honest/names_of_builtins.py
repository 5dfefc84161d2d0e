# Uses names of builtin functions for its own variables.
# deserves: everything
# %% square
sum = 0
list = [1, 2, 3]
abs = max = "unused"
len = sorted = isinstance = None


def square(x):
    return x * x
