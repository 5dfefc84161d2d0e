# Each call returns another thing that is no data: a module, a file, a lock, a coroutine, a frame, a type.
# deserves: square 0
# %% square
import sys
import threading

kinds = [
    lambda: sys,
    lambda: open("/dev/null"),
    lambda: threading.Lock(),
    lambda: (lambda: 9),
    lambda: sys._getframe(),
    lambda: int,
    lambda: Ellipsis,
    lambda: NotImplemented,
    lambda: memoryview(b"9"),
    lambda: (n for n in [9]),
    lambda: slice(9),
    lambda: object(),
]


def square(x):
    kinds.append(kinds.pop(0))
    return kinds[-1]()
