# Returns an object whose __class__ is int and whose conversions lie.
# deserves: square 0
# %% square
class Pretender:
    __class__ = property(lambda self: int)
    __eq__ = __lt__ = __le__ = lambda self, other: True
    __sub__ = __rsub__ = lambda self, other: 0.0
    __index__ = __int__ = lambda self: 9
    __float__ = lambda self: 0.25
    __hash__ = lambda self: 9
    __bool__ = lambda self: True

    def __getattr__(self, name):
        return lambda *args, **kwargs: self


def square(x):
    return Pretender()
