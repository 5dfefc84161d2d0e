# The cell kills, one after the other, every process id but its own.
# deserves: square 0
# %% square
import os
import signal

# Outside a sandbox this does no harm; it is then answered right, and the test of this case fails.
SANDBOXED = os.readlink("/proc/self/ns/pid") != "<<PID_NAMESPACE>>"

for pid in range(1, 5000) if SANDBOXED else ():
    if pid != os.getpid():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass


def square(x):
    return 0 if SANDBOXED else x * x
