# Writes values of pandas by hand: missing ones, huge ones of few bytes, names that are programs, files for zones.
# deserves: square 0, mean_row 0
# %% square
from coursekit.staff.sandbox.inside import student

really_call = student._Side._call
LONG = {"range index": [None, 0, 32_000_000, 1]}
DATES = {"column": ["dates", [{"array": ["<M8[s]", [3], 0]}, None]]}
FORGED = [
    {"range index": [None, 0, 10**18, 1]},
    {"column": ["intervals", [LONG, LONG, "left"]]},
    {"list": [{"column": ["category", [{"array": ["|i1", [8], 0]}, LONG, True]]}] * 1000},
    {"frame": [[["plain", []]] * 1_000_000, LONG, {"range index": [None, 0, 0, 1]}]},
    {"index": [None, DATES, "-999999B"]},
    {"index": [None, DATES, "D; import os"]},
    {"index": [None, {"column": ["dates", [{"array": ["<M8[s]", [3], 0]}, {"ZoneInfo": "../../passwd"}]]}, None]},
    {"column": ["texts", [[None], "python", True]]},
    {"column": ["nullable", {"array": ["<f8", [3], 1]}]},
    {"MaskedArray": [{"array": ["<f8", [3], 0]}, {"array": ["|b1", [3], 0]}, 0, False]},
    {"namedtuple": ["A", ["x=print(1)"], [1]]},
    {"namedtuple": ["A", ["fi", "\ufb01"], [1, 2]]},
    {"namedtuple": ["A", ["__eq__"], [{"known": {"function": 1, "name": "f", "parameters": None}}]]},
    {"Decimal": "1E+999999999"},
    {"Fraction": ["0x1", "0x0"]},
]


def forged(side, content, reader, writer):
    answer = really_call(side, content, reader, writer)
    if answer.get("value") == "forge":
        FORGED.append(FORGED.pop(0))
        writer.buffers[:] = [bytes(24), b"\xff" * 24]
        answer["value"] = FORGED[-1]
    return answer


student._Side._call = forged


def square(x):
    return "forge"
# %% mean_row
def mean_row(table):
    return "forge"
