# The file begins with a byte order mark, as some editors write it.
# deserves: everything
def damage(text):
    return text.encode("utf-8-sig")
