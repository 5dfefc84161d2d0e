# Redirects stdout and stderr and does not put them back.
# deserves: everything
# %% square
import io
import sys

sys.stdout = io.StringIO()
sys.stderr = None


def square(x):
    return x * x
