# Raises a ValueError where a TypeError was asked for.
# deserves: is_even 2
# %% is_even
def is_even(n):
    if not isinstance(n, int):
        raise ValueError("not a number")
    return n % 2 == 0
