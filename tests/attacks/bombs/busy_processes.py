# Sixty processes, each in a session of its own, take all the processor time that they can get.
# deserves: anything
# %% before
import os
import subprocess
import sys

PROGRAM = """
import os

os.sched_setaffinity(0, range(os.cpu_count()))
while True:
    pass
"""
try:
    os.sched_setaffinity(0, range(os.cpu_count()))
except OSError:
    PROGRAM = "while True: pass"
busy = [subprocess.Popen([sys.executable, "-c", PROGRAM], start_new_session=True) for _ in range(60)]
# %% after
import time

time.sleep(2)
