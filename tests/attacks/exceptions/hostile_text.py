# Raises an exception whose text and representation cannot be had, or end the process.
# deserves: square 0
# %% square
import os


class Hostile(Exception):
    def __str__(self):
        os._exit(0)

    def __repr__(self):
        raise SystemExit

    args = property(lambda self: os._exit(0))


def square(x):
    raise Hostile
