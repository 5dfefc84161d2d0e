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
programs = [subprocess.Popen([sys.executable, "-c", PROGRAM]) for _ in range(60)]
time.sleep(3)


def square(x):
    return x * x
