# The answer reads the memory at address zero.
# deserves: square 0
# %% square
import ctypes


def square(x):
    return ctypes.string_at(0)
