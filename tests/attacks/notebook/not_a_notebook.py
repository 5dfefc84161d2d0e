# The file is JSON, but a list.
# deserves: nothing
def damage(text):
    return b'["cells", "metadata"]'
