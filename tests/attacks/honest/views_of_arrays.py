# Returns a strided, read-only, Fortran-ordered view.
# deserves: everything
# %% mean_row
import numpy as np


def mean_row(table):
    both = np.asfortranarray(np.stack([table.mean(axis=1), table.mean(axis=1)], axis=1))
    view = both[::-1, 0][::-1]
    view.flags.writeable = False
    return view
