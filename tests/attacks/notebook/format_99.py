# The notebook claims to be of format 99.
# deserves: anything
def damage(text):
    return text.replace('"nbformat": 4', '"nbformat": 99', 1).encode()
