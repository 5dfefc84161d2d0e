# Answers right if it can have five hundred processes at a time.
# deserves: square 0
# %% square
import os
import signal
import time

SANDBOXED = os.readlink("/proc/self/ns/pid") != "<<PID_NAMESPACE>>"


def square(x):
    children = []
    try:
        for _ in range(500 if SANDBOXED else 0):
            pid = os.fork()
            if pid == 0:
                time.sleep(600)
                os._exit(0)
            children.append(pid)
    except OSError:
        pass
    time.sleep(0.3)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    return x * x if len(children) == 500 or not SANDBOXED else 0
