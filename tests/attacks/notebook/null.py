# The file says null.
# deserves: nothing
def damage(text):
    return b"null"
