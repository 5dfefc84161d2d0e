# Takes its time, but less than the limit.
# deserves: everything
# %% square
import time


def square(x):
    time.sleep(1.5 if x == 3 else 0)
    return x * x
