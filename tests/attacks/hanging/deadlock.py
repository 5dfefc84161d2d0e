# The answer waits for a lock that it holds itself, and for a thread that waits for it.
# deserves: square 0
# %% square
import threading


def square(x):
    lock = threading.Lock()
    lock.acquire(timeout=1)
    return lock.acquire(blocking=isinstance(x, float)) or 0
