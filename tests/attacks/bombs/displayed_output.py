# The cell displays twenty thousand things, with pictures that are none; its answer is right.
# deserves: everything
# %% square
from IPython.display import display


def square(x):
    return x * x


for number in range(20_000):
    display({"text/plain": "x" * 1000, "image/png": "!", "text/html": "<script>alert(1)</script>"}, raw=True)
