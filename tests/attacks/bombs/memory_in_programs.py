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
print(flush=True)
time.sleep(60)
"""
start = [sys.executable, "-I", "-S", "-c", PROGRAM]
programs = [subprocess.Popen(start, stdout=subprocess.PIPE) for _ in range(60)]
for program in programs:
    program.stdout.readline()  # however busy the machine is: all of them hold it now
time.sleep(3)


def square(x):
    return x * x
