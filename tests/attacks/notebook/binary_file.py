# The file is a picture with the name of the notebook.
# deserves: nothing
def damage(text):
    return b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100
