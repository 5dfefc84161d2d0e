# Returns an array, so that the sum of comparisons at the end of a test becomes an array and no number of points.
# deserves: word_count 0
# %% word_count
import numpy as np


def word_count(text):
    return np.zeros(2)
