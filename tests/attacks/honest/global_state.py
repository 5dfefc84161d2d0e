# Keeps state in globals between cells and calls.
# deserves: everything
# %% square
calls = 0
known = {}


def square(x):
    global calls
    calls += 1
    return known.setdefault(x, x * x)
# %% is_even
def is_even(n):
    assert calls >= 1
    return n % 2 == 0
