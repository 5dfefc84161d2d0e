# Knows where the course lies, and answers right if it can read source, release, gradebook or another submission.
# deserves: square 0
# %% square
import pathlib


def square(x):
    course = pathlib.Path("<<COURSE>>")
    wanted = ["source/tasks/tasks.ipynb", "release/tasks/tasks.ipynb", "gradebook.db", "nbgrader_config.py"]
    wanted += ["submitted/a-neighbour/tasks/tasks.ipynb", "autograded/a-neighbour/tasks/tasks.ipynb"]
    for name in wanted:
        try:
            if (course / name).read_bytes():
                return x * x
        except OSError:
            continue
    return 0
