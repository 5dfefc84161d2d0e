# A folder has the name of the notebook.
# deserves: nothing
def plant(folder):
    (folder / "tasks.ipynb").unlink()
    (folder / "tasks.ipynb").mkdir()
