# The file that says when the work was handed in is a folder.
# deserves: anything
def plant(folder):
    (folder / "timestamp.txt").mkdir()
