# numpy's own function instead of one written by hand.
# deserves: everything
# %% square
import numpy as np

square = np.square
