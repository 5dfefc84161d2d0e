# Asks another program.
# deserves: everything
# %% square
import subprocess
import sys


def square(x):
    done = subprocess.run([sys.executable, "-c", f"print({x} * {x})"], capture_output=True, text=True, check=True)
    return float(done.stdout)
