# Turns all warnings and all floating-point trouble into errors.
# deserves: everything
# %% before
import warnings

import numpy

warnings.simplefilter("error")
numpy.seterr(all="raise")
