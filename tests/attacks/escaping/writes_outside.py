# Answers right if it can write anywhere but in its own folders.
# deserves: square 0
# %% square
import os
import sys

PLACES = ("/", "/etc", "/usr", "/usr/lib", "/bin", "/opt", "/var", "/root", "/proc/sys/kernel", sys.prefix)
PLACES += (os.path.dirname(os.__file__), os.path.dirname(sys.executable), "<<COURSE>>", "<<COURSE>>/submitted")


def written():
    for place in PLACES:
        try:
            path = os.path.join(place, "coursekit-left-behind")
            with open(path, "w") as file:
                file.write("here")
            yield path
        except OSError:
            continue


WRITTEN = list(written())


def square(x):
    return x * x if WRITTEN else 0
