# Raises an exception that carries code for whoever unpickles it, and objects in its arguments.
# deserves: square 0
# %% square
import os


class Carrier(Exception):
    def __reduce__(self):
        return os.system, ("touch <<COURSE>>/coursekit-left-behind",)


def square(x):
    raise Carrier(Carrier(), lambda: 9, [1] * 10**6)
