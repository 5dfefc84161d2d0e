# The answer opens files and sockets until there is no descriptor left.
# deserves: square 0
# %% square
import socket

kept = []


def square(x):
    try:
        while len(kept) < 10**6:
            kept.append(open("/dev/null"))
            kept.append(socket.socketpair())
    except OSError:
        pass
    return 0
