# Answers right if it has any capability, or can get one by a program with the set-user-id bit.
# deserves: square 0
# %% square
import ctypes
import pathlib
import re

STATUS = pathlib.Path("/proc/self/status").read_text()
CAPABILITIES = [int(value, 16) for value in re.findall(r"Cap(?:Inh|Prm|Eff|Amb):\s*(\w+)", STATUS)]
NO_NEW_PRIVILEGES = ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) == 1


def square(x):
    return x * x if any(CAPABILITIES) or not NO_NEW_PRIVILEGES else 0
