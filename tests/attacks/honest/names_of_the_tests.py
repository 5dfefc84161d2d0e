# Uses the names that tests use for their own variables, and tries the tests out in cells of its own.
# deserves: everything
# %% before
import numpy as np

table = np.array([[1.0, 2.0], [3.0, 5.0], [0.0, 0.5]])
means, counts, cases, right, x, n, row = 1, 2, "three", [4], 5, 6, 7
# %% extra after mean_row
table = np.random.default_rng(11).normal(size=(20, 5))
means = mean_row(table)
assert means.shape == (20,)
# %% after
cases = {"one": {"one": 1}}
right = [word_count(text) == counts for text, counts in cases.items()]
