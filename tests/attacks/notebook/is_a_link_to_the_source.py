# The notebook is a link to the source with the solutions.
# deserves: nothing
def plant(folder):
    (folder / "tasks.ipynb").unlink()
    (folder / "tasks.ipynb").symlink_to("../../../source/tasks/tasks.ipynb")
