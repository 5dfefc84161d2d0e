# Answers the question which names it defines with names of the examiner's own.
# deserves: square 0, mean_row 0
# %% square
from coursekit.staff.sandbox.inside import student

really_answer = student._Side.answer


def forged(side, header, buffers):
    if "names" in header:
        header = {"names": [*header["names"], "np", "checks", "math", "abs", "assert_allclose", "__builtins__"]}
    return really_answer(side, header, buffers)


student._Side.answer = forged
math = checks = np = abs = assert_allclose = __builtins__ = lambda *args, **kwargs: True


def square(x):
    return 0
# %% mean_row
def mean_row(table):
    return table[:, 0] * 0
