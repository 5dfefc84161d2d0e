# The answer calls itself for ever, without the limit that Python sets.
# deserves: square 0
# %% square
import sys


class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x")

    def __repr__(self):
        return repr([self])


def square(x):
    sys.setrecursionlimit(2**31 - 1)
    return repr(Deep())
