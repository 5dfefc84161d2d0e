# A regular expression that takes longer than the universe lasts.
# deserves: square 0
# %% square
import re


def square(x):
    return len(re.findall(r"(x+x+)+y", "x" * 64)) if isinstance(x, float) else 0
