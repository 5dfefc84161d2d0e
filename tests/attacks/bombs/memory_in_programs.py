# Takes memory in sixty programs, each of which holds hardly more than a process of the grader does anyway.
# deserves: square 0
# %% square
import subprocess
import sys
import time

PROGRAM = """
import time

x = bytearray(40_000_000)
for i in range(0, len(x), 4096):
    x[i] = 1
time.sleep(60)
"""


def square(x):
    for _ in range(60):
        subprocess.Popen([sys.executable, "-I", "-S", "-c", PROGRAM])
    time.sleep(60)  # until somebody sees it, however busy the machine is
    return x * x
