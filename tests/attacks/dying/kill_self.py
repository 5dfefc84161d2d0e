# The answer kills its own process with a signal that nobody can catch.
# deserves: square 0
# %% square
import os
import signal


def square(x):
    os.kill(os.getpid(), signal.SIGKILL)
