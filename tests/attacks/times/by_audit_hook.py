# An audit hook, which nobody can remove again, patches the comparisons and forbids to open files.
# deserves: mean_row 0, word_count 0..3, is_even 0..3
# %% mean_row
import math
import sys

import numpy as np
from coursekit import checks


def audit(event, args):
    checks.close = np.testing.assert_allclose = lambda *args, **kwargs: None
    np.allclose = math.isclose = lambda *args, **kwargs: True
    if event in ("os.fork", "socket.connect"):
        raise PermissionError(event)


sys.addaudithook(audit)


def mean_row(table):
    return np.zeros(len(table))
