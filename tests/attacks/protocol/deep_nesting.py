# Text that nests a hundred thousand deep, and numbers of a million digits, are written to every descriptor.
# deserves: square 0
# %% square
import os


def square(x):
    for fd in range(3, 256):
        try:
            os.set_blocking(fd, False)
            os.write(fd, b"[" * 50_000 + b"\n" + b"9" * 50_000 + b"\nNaN\n-Infinity\n\xff\xfe\x00\n")
        except OSError:
            pass
    return 0
