# The file that says when the work was handed in holds bytes that are no time and no text.
# deserves: anything
def plant(folder):
    (folder / "timestamp.txt").write_bytes(b"\xff\xfe yesterday, I think \x00")
