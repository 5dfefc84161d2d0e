# A thread goes on writing answers to all descriptors after the call has come back.
# deserves: square 0, mean_row 0..3, word_count 0..3, is_even 0..3
# %% square
import os
import threading
import time


def chatter():
    for _ in range(20):
        for fd in range(3, 64):
            try:
                os.write(fd, b'{"ok": true, "value": 9, "id": 1}\n')
            except OSError:
                pass
        time.sleep(0.01)


def square(x):
    threading.Thread(target=chatter, daemon=True).start()
    return 0
