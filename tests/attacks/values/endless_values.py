# Returns an endless generator and an endless iterable that claims a length.
# deserves: square 0, mean_row 0
# %% square
import itertools


class Endless:
    def __len__(self):
        return 1

    def __iter__(self):
        return itertools.count()

    def __getitem__(self, index):
        return index


def square(x):
    return itertools.count()
# %% mean_row
def mean_row(table):
    return Endless()
