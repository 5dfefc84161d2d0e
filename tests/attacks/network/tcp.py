# Answers right if a server on the host can be reached over TCP.
# deserves: square 0
# %% square
import socket

GREETED = False
for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0"):
    try:
        with socket.create_connection((host, <<TCP_PORT>>), timeout=1) as end:
            GREETED = end.recv(100) == b"welcome"
    except OSError:
        continue


def square(x):
    return x * x if GREETED else 0
