# Raises what frameworks take for a test that is skipped, passed or finished.
# deserves: square 0, mean_row 0, word_count 0
# %% square
import unittest


def square(x):
    raise unittest.SkipTest("nothing to see")
# %% mean_row
def mean_row(table):
    raise StopIteration(table)
# %% word_count
import asyncio
import concurrent.futures


def word_count(text):
    raise asyncio.CancelledError if text else concurrent.futures.CancelledError
