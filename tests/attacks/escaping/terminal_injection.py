# The answer tries to type a command into the terminal that it was started from.
# deserves: square 0
# %% square
import fcntl
import os
import termios


def square(x):
    for fd in (0, 1, 2):
        for byte in b"touch coursekit-left-behind\n":
            try:
                fcntl.ioctl(fd, termios.TIOCSTI, bytes([byte]))
            except OSError:
                break
    try:
        with open("/dev/tty", "w") as terminal:
            terminal.write("coursekit-left-behind")
    except OSError:
        pass
    return 0
