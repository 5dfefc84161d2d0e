# Clocks stand still or run backwards, and waiting takes no time.
# deserves: square 0
# %% square
import time

time.time = time.monotonic = time.perf_counter = time.process_time = lambda: -1e9
time.sleep = lambda seconds: None
time.time_ns = time.monotonic_ns = time.perf_counter_ns = lambda: -(10**18)


def square(x):
    return 0
