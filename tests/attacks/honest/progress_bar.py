# Shows a progress bar.
# deserves: everything
# %% mean_row
import numpy as np
from tqdm.auto import tqdm


def mean_row(table):
    return np.array([row.mean() for row in tqdm(table)])
