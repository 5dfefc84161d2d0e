# A thread goes on after its cell, and tries to mend the wrong answer of the last question when it is tested.
# deserves: is_even 0
# %% is_even
import threading
import time


def is_even(n):
    return None


def later():
    while True:
        globals()["checks"] = globals()["square"] = None
        print("still here", flush=True)
        time.sleep(0.05)


# %% after
threading.Thread(target=later).start()
