# Counts with collections.Counter, as many would.
# deserves: everything
# %% word_count
from collections import Counter


def word_count(text):
    return Counter(text.lower().split())
