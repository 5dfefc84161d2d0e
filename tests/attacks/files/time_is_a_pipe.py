# The file that says when the work was handed in is a named pipe.
# deserves: everything
import os


def plant(folder):
    os.mkfifo(folder / "timestamp.txt")
