# The file is written in UTF-16.
# deserves: anything
def damage(text):
    return text.encode("utf-16")
