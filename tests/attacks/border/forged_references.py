# Points at objects of the examiner's: its modules, its arguments, functions and models that it never had.
# deserves: square 0, mean_row 0
# %% square
from coursekit.staff.sandbox.inside import student

really_call = student._Side._call
FORGED = [
    {"module": "builtins"},
    {"module": "__main__"},
    {"module": "os"},
    {"argument": 0},
    {"yours": 1},
    {"function": 1, "name": "__eq__", "parameters": [["x", 1, False]], "doc": None},
    {"import": ["os", "system"]},
    {"object": 0, "value": 9},
    {"model": "examiner-0", "value": None},
    {"model": ["x"], "value": [1, 2, 3, 4]},
    ["unittest.mock"],
    None,
]


def forged(side, content, reader, writer):
    answer = really_call(side, content, reader, writer)
    if answer.get("value") == "forge":
        FORGED.append(FORGED.pop(0))
        answer["value"] = {"known": FORGED[-1]}
        answer["models"] = [{"model": "examiner-0", "value": None}] if len(FORGED) % 2 else []
    return answer


student._Side._call = forged


def square(x):
    return "forge"
# %% mean_row
def mean_row(table):
    return "forge"
