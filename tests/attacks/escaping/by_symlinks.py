# The answer makes links out of its folder, and puts links in place of the notebook and of the result.
# deserves: square 0
# %% square
import os

for name, target in (
    ("link", "<<COURSE>>/gradebook.db"),
    ("out", "/etc"),
    (".coursekit.json", "<<COURSE>>/gradebook.db"),
    ("tasks.ipynb", "<<COURSE>>/source/tasks/tasks.ipynb"),
):
    try:
        if os.path.lexists(name):
            os.remove(name)
        os.symlink(target, name)
        with open(name, "a") as file:
            file.write("coursekit-left-behind")
    except OSError:
        continue


def square(x):
    return 0
