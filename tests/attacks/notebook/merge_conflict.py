# The file holds the marks of a git merge conflict.
# deserves: nothing
def damage(text):
    return ("<<<<<<< HEAD\n" + text + "=======\n" + text + ">>>>>>> other\n").encode()
