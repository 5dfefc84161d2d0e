# The answer stops every process that it may, and then itself, with the signal that freezes.
# deserves: square 0
# %% square
import os
import signal

# Outside a sandbox this does no harm; it is then answered right, and the test of this case fails.
SANDBOXED = os.readlink("/proc/self/ns/pid") != "<<PID_NAMESPACE>>"


def square(x):
    if not SANDBOXED:
        return x * x
    if isinstance(x, float):
        os.kill(-1, signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
    return 0
