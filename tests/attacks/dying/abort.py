# The answer aborts the process.
# deserves: square 0
# %% square
import os


def square(x):
    os.abort()
