# Raises an exception that pretends to be an AssertionError without a cause, or no exception at all.
# deserves: square 0
# %% square
class Innocent(BaseException):
    __class__ = property(lambda self: type(None))
    __traceback__ = property(lambda self: None)
    __eq__ = lambda self, other: True
    __hash__ = lambda self: 0
    __bool__ = lambda self: False


Innocent.__name__ = Innocent.__qualname__ = ""
Innocent.__module__ = "builtins"


def square(x):
    raise Innocent
