# Answers right if it can fill 4 GB of its folder, /tmp, /var/tmp and its home.
# deserves: square 0
# %% square
import os

block = b"x" * 2**26


def square(x):
    total = 0
    for folder in (".", "/tmp", "/var/tmp", os.path.expanduser("~")):
        for number in range(16):
            try:
                with open(f"{folder}/coursekit-left-behind-{number}", "wb") as file:
                    total += file.write(block)
            except OSError:
                break
    return x * x if total == 4 * 2**30 else 0
