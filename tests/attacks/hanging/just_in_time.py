# Each call takes nearly the time that a whole test may take, so that together they take much longer.
# deserves: square 0
# %% square
import time


def square(x):
    time.sleep(0 if x == 3 else 0.8 * <<SECONDS>>)
    return 0 if x == -41 else x * x
