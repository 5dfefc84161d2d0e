# Answers right if a socket of the host can be reached, by its path or by its abstract name.
# deserves: square 0
# %% square
import socket

GREETED = False
for address in ("<<UNIX_SOCKET>>", "\0<<ABSTRACT_SOCKET>>"):
    try:
        with socket.socket(socket.AF_UNIX) as end:
            end.settimeout(1)
            end.connect(address)
            GREETED = GREETED or end.recv(100) == b"welcome"
    except OSError:
        continue


def square(x):
    return x * x if GREETED else 0
