# Every function that stands above the student's in the stack has its code replaced by one that returns 9.
# deserves: square 0, mean_row 0..3, word_count 0..3, is_even 0..3
# %% square
import gc
import sys
import types


def nine(*args, **kwargs):
    return 9


def square(x):
    frame, seen = sys._getframe(1), set()
    while frame:
        seen.add(frame.f_code)
        frame = frame.f_back
    for function in [thing for thing in gc.get_objects() if type(thing) is types.FunctionType]:
        if function.__code__ in seen and not function.__closure__:
            function.__code__ = nine.__code__
    return 0
