# Knows the values of the visible tests by heart and nothing else.
# deserves: square 0, mean_row 1, word_count 1, is_even 1
# %% square
def square(x):
    return {3: 9, 0.5: 0.25}.get(x)
# %% mean_row
import numpy as np


def mean_row(table):
    return np.array([1.5, 4.0, 0.25]) if len(table) == 3 else np.zeros(20)
# %% word_count
def word_count(text):
    known = {"the cat and the dog": {"the": 2, "cat": 1, "and": 1, "dog": 1}, "one": {"one": 1}, "a a a": {"a": 3}}
    return known.get(text, {"": 0})
# %% is_even
def is_even(n):
    if not isinstance(n, int):
        raise TypeError
    return n == 4
