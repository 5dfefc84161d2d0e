# Warns in the cell and in the function.
# deserves: everything
# %% square
import warnings

warnings.warn("in the cell")


def square(x):
    warnings.warn("in the function", DeprecationWarning, stacklevel=2)
    return x * x
