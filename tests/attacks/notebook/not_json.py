# The file ends in the middle.
# deserves: nothing
def damage(text):
    return text[: len(text) // 2].encode()
