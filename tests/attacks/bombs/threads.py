# Answers right if it can have five thousand threads at a time.
# deserves: square 0
# %% square
import threading


def square(x):
    over, count = threading.Event(), 0
    try:
        for count in range(1, 5001):
            threading.Thread(target=over.wait, daemon=True).start()
    except (RuntimeError, MemoryError):
        count = 0
    over.set()
    return x * x if count == 5000 else 0
