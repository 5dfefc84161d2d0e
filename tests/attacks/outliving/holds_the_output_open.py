# A process that has left keeps the pipes of stdout, stderr and all other channels open; the answers are right.
# deserves: everything
# %% after
import os

if os.fork() == 0:
    os.setsid()
    for fd in range(3, 256):
        try:
            os.set_inheritable(fd, True)
        except OSError:
            pass
    os.execv("/bin/sleep", ["coursekit-left-behind", "<<RUN>>"])
