# Returns the bytes of a pickle that runs a command, and an object array saved with such a pickle.
# deserves: square 0, mean_row 0
# %% square
import os
import pickle


class Payload:
    def __reduce__(self):
        return os.system, ("touch <<COURSE>>/coursekit-left-behind",)


def square(x):
    return pickle.dumps(Payload())
# %% mean_row
import numpy as np


def mean_row(table):
    return np.array([Payload()], dtype=object)
