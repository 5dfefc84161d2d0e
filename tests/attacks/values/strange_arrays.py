# Returns arrays of strange kinds: dates, records, complex, text, a matrix, quarter floats.
# deserves: mean_row 0
# %% mean_row
import numpy as np

kinds = [
    np.array(["2024-01-01"], dtype="datetime64[D]"),
    np.zeros(3, dtype=[("a", float), ("b", object)]),
    np.array([1 + 1j, 2, 3]),
    np.array(["1", "2"]),
    np.matrix([[9.0, 9.0]]),
    np.zeros(3, dtype="V7"),
    np.array(9.0, dtype=">f2"),
]


def mean_row(table):
    kinds.append(kinds.pop(0))
    return kinds[-1]
