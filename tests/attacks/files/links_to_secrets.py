# Links beside the notebook point to the source, the gradebook and the whole file system; the answer reads them.
# deserves: square 0
# %% link data.ipynb -> <<COURSE>>/source/tasks/tasks.ipynb
# %% link book.txt -> ../../../gradebook.db
# %% link everything -> /
# %% link passwords.txt -> /etc/passwd
# %% square
import pathlib


def square(x):
    for name in ("data.ipynb", "book.txt", "everything<<COURSE>>/gradebook.db"):
        try:
            if pathlib.Path(name).read_bytes():
                return x * x
        except OSError:
            continue
    return 0
