# Answers right if it can make a hundred thousand files; it makes a deep chain of folders, too.
# deserves: square 0
# %% square
import os


def square(x):
    made = 0
    try:
        for made in range(1, 100_001):
            os.close(os.open(f"coursekit-left-behind-{made}", os.O_CREAT | os.O_WRONLY))
    except OSError:
        made = 0
    try:
        for _ in range(2000):
            os.mkdir("d")
            os.chdir("d")
    except OSError:
        pass
    return x * x if made == 100_000 else 0
