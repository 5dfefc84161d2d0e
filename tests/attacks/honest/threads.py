# Computes in threads and waits for them.
# deserves: everything
# %% mean_row
from concurrent.futures import ThreadPoolExecutor

import numpy as np


def mean_row(table):
    with ThreadPoolExecutor(4) as pool:
        return np.array(list(pool.map(np.mean, table)))
