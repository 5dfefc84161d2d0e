# A process that has left its session and its parents sleeps on after the answer, which is right.
# deserves: everything
# %% square
import os


def square(x):
    return x * x


if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv("/bin/sleep", ["coursekit-left-behind", "<<RUN>>"])
    os._exit(0)
