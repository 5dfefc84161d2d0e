# The answers are right, and leave marks in shared memory, queues, sockets, the environment and the clock.
# deserves: everything
# %% after
import ctypes
import os
import socket
from multiprocessing import shared_memory

libc = ctypes.CDLL(None, use_errno=True)
libc.shmget(0x1EF7BE, 4096, 0o1666)
libc.semget(0x1EF7BE, 1, 0o1666)
libc.msgget(0x1EF7BE, 0o1666)
try:
    left = shared_memory.SharedMemory("coursekit-left-behind", create=True, size=10)
except OSError:
    pass
for family, address in (
    (socket.AF_UNIX, "\0coursekit-left-behind"),
    (socket.AF_UNIX, "/tmp/coursekit-left-behind.sock"),
    (socket.AF_INET, ("127.0.0.1", 45_671)),
):
    try:
        kept = socket.socket(family)
        kept.bind(address)
        kept.listen()
        globals()[f"kept_{address}"] = kept
    except OSError:
        continue
os.environ["COURSEKIT_LEFT_BEHIND"] = "1"
if os.fork() == 0:
    os.setsid()
    os.execv("/bin/sleep", ["coursekit-left-behind", "<<RUN>>"])
