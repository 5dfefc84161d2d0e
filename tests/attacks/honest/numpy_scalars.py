# Returns numpy scalars, also inside a dict.
# deserves: everything
# %% square
import numpy as np


def square(x):
    return np.array([x]).prod() * np.array(x).item()
# %% word_count
def word_count(text):
    words = text.lower().split()
    return {word: np.int64(words.count(word)) for word in words}
# %% is_even
def is_even(n):
    return np.bool_(n % 2 == 0)
