# Counts with a defaultdict.
# deserves: everything
# %% word_count
from collections import defaultdict


def word_count(text):
    counts = defaultdict(int)
    for word in text.lower().split():
        counts[word] += 1
    return counts
