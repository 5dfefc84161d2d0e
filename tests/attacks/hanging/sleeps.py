# The answer sleeps for ever.
# deserves: square 0
# %% square
import time


def square(x):
    time.sleep(10**6 if isinstance(x, float) else 0)
    return 0
