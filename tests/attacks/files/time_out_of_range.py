# The work was handed in at a time that no calendar knows.
# deserves: anything
def plant(folder):
    (folder / "timestamp.txt").write_text("999999-99-99 99:99:99 Moon/Base")
