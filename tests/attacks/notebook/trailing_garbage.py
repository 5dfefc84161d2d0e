# Something follows the notebook in its file.
# deserves: nothing
def damage(text):
    return f"{text}\n}}}} oops".encode()
