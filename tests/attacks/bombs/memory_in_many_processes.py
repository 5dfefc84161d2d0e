# Answers right if forty processes can hold 200 MB each for a second and a half.
# deserves: square 0
# %% square
import os
import time

SANDBOXED = os.readlink("/proc/self/ns/pid") != "<<PID_NAMESPACE>>"


def square(x):
    children = []
    for _ in range(40 if SANDBOXED else 0):
        pid = os.fork()
        if pid == 0:
            block = b"x" * (200 * 2**20)
            time.sleep(1.5)
            os._exit(len(block) != 200 * 2**20)
        children.append(pid)
    return x * x if all(os.waitpid(pid, 0)[1] == 0 for pid in children) else 0
