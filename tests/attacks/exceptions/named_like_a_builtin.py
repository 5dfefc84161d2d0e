# Raises exceptions of its own named like builtin ones, and builtin ones that end programs.
# deserves: square 0, is_even 0
# %% square
class KeyboardInterrupt(BaseException):
    pass


class GeneratorExit(BaseException):
    pass


def square(x):
    raise (KeyboardInterrupt if isinstance(x, int) else GeneratorExit)("done")
# %% is_even
def is_even(n):
    raise TypeError("always")
