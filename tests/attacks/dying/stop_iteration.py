# Raises StopIteration, which ends `all(map(...))` and `any(map(...))` early without an error.
# deserves: is_even 1
# %% is_even
def is_even(n):
    if n in (4, 7):
        return n == 4
    raise TypeError if isinstance(n, str) else StopIteration
