# The JSON holds a number of a million digits.
# deserves: anything
def damage(text):
    return text.replace('"nbformat": 4', '"number": ' + "9" * 1_000_000 + ', "nbformat": 4', 1).encode()
