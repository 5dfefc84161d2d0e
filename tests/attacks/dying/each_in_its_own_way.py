# Each answer but one ends the process, each in another way; the remaining one is right.
# deserves: square 0, mean_row 0, word_count 0
# %% square
import os


def square(x):
    os._exit(0)
# %% mean_row
def mean_row(table):
    os.kill(os.getpid(), 9)
# %% word_count
def word_count(text):
    raise SystemExit
