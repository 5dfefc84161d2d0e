# A file and a folder beside the notebook may not be read.
# deserves: everything
def plant(folder):
    (folder / "secret").mkdir()
    (folder / "secret" / "file.txt").write_text("x")
    (folder / "secret" / "file.txt").chmod(0)
    (folder / "secret").chmod(0)
