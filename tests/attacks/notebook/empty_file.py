# The file is empty.
# deserves: nothing
def damage(text):
    return b""
