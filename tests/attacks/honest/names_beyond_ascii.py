# Names, texts and comments beyond ASCII.
# deserves: everything
# %% square
# Größe zum Quadrat – 平方
π = 3.14159


def größe(ширина):
    return ширина * ширина


def square(x):
    "Ça marche 🙂"
    return größe(x)
