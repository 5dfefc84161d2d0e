# numpy's own dispatch and error handling are turned against it.
# deserves: mean_row 0
# %% mean_row
import numpy as np

np.seterrcall(lambda *args: None)
np.seterr(all="call")
np.set_printoptions(formatter={"all": lambda value: "1.5"})
np.ndarray = np.float64 = np.generic = object
np.asarray = np.array = lambda *args, **kwargs: 1.5
np.isfinite = np.abs = lambda *args, **kwargs: True


def mean_row(table):
    return table[:, 0] * 0
