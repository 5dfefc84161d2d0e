# The process forks in the middle of a call: parent and child both come back with an answer.
# deserves: square 0
# %% square
import os


def square(x):
    os.fork()
    return 0
