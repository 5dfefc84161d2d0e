# Prints long texts to stdout and stderr in turn, a thousand times; the answer is right.
# deserves: everything
# %% square
import sys

text = "x" * 99_999


def square(x):
    return x * x


for _ in range(500):
    print(text)
    print(text, file=sys.stderr)
