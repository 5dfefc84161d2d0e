# Graded after those who leave marks: the answers are right if none of the marks can be seen.
# deserves: everything
# %% square
import builtins
import ctypes
import os
import pathlib
import socket
import sys

MARK = "coursekit-left-" + "behind"


def marks():
    libc = ctypes.CDLL(None, use_errno=True)
    for get, *more in ((libc.shmget, 4096, 0o666), (libc.semget, 1, 0o666), (libc.msgget, 0o666)):
        if get(0x1EF7BE, *more) >= 0:
            yield get
    folders = [".", "..", "../..", "../../..", "/tmp", "/var/tmp", "/dev/shm", "/run", "/", sys.prefix]
    folders += [*sys.path, os.path.expanduser("~"), os.path.expanduser("~/.ipython/profile_default/startup")]
    for folder in folders:
        yield from pathlib.Path(folder or ".").glob(f"*{MARK}*")
    yield from (name for name in os.environ if MARK in name.lower().replace("_", "-"))
    for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield from [process] if MARK in process.read_text().split("\0")[0] else []
        except OSError:
            continue
    for name in ("LEFT_BEHIND", "COURSEKIT_LEFT_BEHIND"):
        for place in (builtins, os, sys.modules.get("coursekit"), sys.modules["__main__"]):
            yield from [name] if hasattr(place, name) else []
    for family, address in ((socket.AF_UNIX, f"\0{MARK}"), (socket.AF_INET, ("127.0.0.1", 45_671))):
        with socket.socket(family) as end:
            end.settimeout(1)
            if end.connect_ex(address) == 0:
                yield address


FOUND = [str(mark) for mark in marks()]


def square(x):
    if FOUND:
        raise ValueError(f"found {FOUND}")
    return x * x
