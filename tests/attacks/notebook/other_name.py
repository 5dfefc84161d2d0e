# The notebook was renamed, as a browser does with a second download.
# deserves: everything
def plant(folder):
    (folder / "tasks.ipynb").rename(folder / "tasks (1).ipynb")
