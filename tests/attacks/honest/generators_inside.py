# Generators, comprehensions and closures inside.
# deserves: everything
# %% mean_row
import numpy as np


def mean_row(table):
    def means():
        for row in table:
            yield sum(value for value in row) / len(row)

    return np.fromiter(means(), float)
