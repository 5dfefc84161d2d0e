# The answer replaces its process by another program.
# deserves: square 0
# %% square
import os


def square(x):
    os.execv("/bin/echo", ["echo", '{"ok": true, "value": 9, "points": 3}'])
