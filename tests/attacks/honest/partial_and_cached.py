# A partial function and a cached one.
# deserves: everything
# %% square
from functools import lru_cache, partial

square = partial(lambda exponent, x: x**exponent, 2)
# %% is_even
@lru_cache(maxsize=None)
def is_even(n):
    return n % 2 == 0
