# The notebook is a named pipe, which gives whoever reads it something to wait for.
# deserves: nothing
import os


def plant(folder):
    (folder / "tasks.ipynb").unlink()
    os.mkfifo(folder / "tasks.ipynb")
