# The notebook is a link to what somebody else has handed in.
# deserves: nothing
def plant(folder):
    (folder / "tasks.ipynb").unlink()
    (folder / "tasks.ipynb").symlink_to("../../a-neighbour/tasks/tasks.ipynb")
