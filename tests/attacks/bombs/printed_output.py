# The answer prints 300 MB.
# deserves: square 0
# %% square
line = "x" * 999_999


def square(x):
    for _ in range(150):
        print(line)
    return 0
