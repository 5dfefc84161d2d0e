# Returns a list whose comparison and iteration lie.
# deserves: square 0, mean_row 0
# %% square
class Values(list):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    def __array__(self, dtype=None, copy=None):
        raise AssertionError

    __hash__ = None


def square(x):
    return Values([0])
# %% mean_row
def mean_row(table):
    return Values([0.0] * len(table))
