# Logs and writes to stderr.
# deserves: everything
# %% square
import logging
import sys

logging.basicConfig(level=logging.DEBUG)


def square(x):
    logging.info("squaring %s", x)
    logging.getLogger("student").error("not really an error")
    sys.stderr.write("still fine\n")
    return x * x
