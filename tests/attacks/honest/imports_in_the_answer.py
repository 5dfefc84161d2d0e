# Imports everything anew, under the usual and other names.
# deserves: everything
# %% mean_row
import math
from math import *

import numpy
import numpy as np
from numpy import mean


def mean_row(table):
    return np.array([mean(row) for row in table])
