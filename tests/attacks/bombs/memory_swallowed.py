# The answer fills memory with small objects, and goes on after each MemoryError.
# deserves: square 0
# %% square
import numpy as np


def square(x):
    kept = []
    for _ in range(200):
        try:
            kept.append(np.ones(2**24))
            kept.append([object() for _ in range(10_000)])
        except MemoryError:
            continue
    return 0
