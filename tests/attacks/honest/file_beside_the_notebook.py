# Uses a data file and a module handed in beside the notebook.
# deserves: everything
# %% file data/factors.txt
1
# %% file helpers.py
def multiply(a, b):
    return a * b
# %% square
from helpers import multiply


def square(x):
    with open("data/factors.txt") as file:
        return multiply(x, x) * int(file.read())
