# Changes to another folder and stays there.
# deserves: everything
# %% square
import os
import tempfile

os.chdir(tempfile.mkdtemp())


def square(x):
    return x * x
# %% extra after square
%cd /tmp
