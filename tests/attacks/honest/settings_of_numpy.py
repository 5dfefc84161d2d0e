# Changes how numpy prints, and seeds every generator.
# deserves: everything
# %% before
import random

import numpy

numpy.set_printoptions(precision=1, threshold=2)
random.seed(0)
numpy.random.seed(0)
