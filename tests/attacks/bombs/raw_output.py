# The answer writes 400 MB to the descriptors of stdout and stderr, past Python's streams.
# deserves: square 0
# %% square
import os

block = b"x" * 2**20


def square(x):
    for _ in range(100):
        os.write(1, block)
        os.write(2, block)
    return 0
