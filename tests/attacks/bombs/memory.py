# The answer fills memory with blocks of 16 MB.
# deserves: square 0
# %% square
def square(x):
    blocks = []
    for _ in range(1024):
        blocks.append(b"x" * 2**24)
    return 0
