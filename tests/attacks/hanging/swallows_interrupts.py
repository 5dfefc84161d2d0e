# The answer loops for ever and catches whatever interrupts it; all signals are ignored.
# deserves: square 0
# %% square
import signal

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass


def square(x):
    while isinstance(x, float):
        try:
            while True:
                pass
        except BaseException:
            continue
    return 0
