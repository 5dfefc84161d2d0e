# Recursion two thousand deep, with the limit raised for it.
# deserves: everything
# %% square
import sys

sys.setrecursionlimit(10_000)


def square(x):
    def add(n):
        return x + add(n - 1) if n else 0

    return add(x) if isinstance(x, int) and 0 < x < 9000 else x * x
