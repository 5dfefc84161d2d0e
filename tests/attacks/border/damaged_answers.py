# Answers of every damaged form: wrong types, missing parts, strange numbers, unknown kinds.
# deserves: square 0, is_even 0
# %% square
from coursekit.staff.sandbox.inside import student

really_call = student._Side._call
FORGED = [
    {},
    {"value": {"int": "0x" + "f" * 10**6}},
    {"value": {"float": "nan"}},
    {"value": {"array": ["|b1", [1], 0]}},
    {"value": {"array": ["<f8", [2**62, 0], 0]}},
    {"value": {"array": ["|O", [1], 0]}},
    {"value": {"array": ["<U999999", [10**9], -1]}},
    {"value": {"scalar": ["<f8", [-1], 0]}},
    {"value": {"range": [0, 10**18, 1]}},
    {"value": {"set": [{"list": []}]}},
    {"value": {"dict": [[1]]}},
    {"value": {"generator": {"dict": [["bit_generator", "__class__"]]}}},
    {"value": {"model": ["{}", None, None, 0]}},
    {"value": {"frame": [[], [None, None]]}},
    {"value": {"unknown": 1}},
    {"value": {"list": 5}},
    {"value": {"int": "9", "float": "9"}},
    {"raised": {"type": "SystemExit", "name": "SystemExit", "text": "0"}},
    {"raised": {"type": ["x"], "name": None}},
    {"raised": "KeyboardInterrupt"},
    {"fault": ""},
    {"broken": ""},
    {"items": 5},
    {"printed": 5, "value": 9},
    {"printed": [["stdout", {"x": 1}], ["<script>", "9"]], "value": 9},
    {"changed": [[99, 1]], "value": 9},
    {"models": [1], "value": 9},
    {"call": 1, "args": [], "kwargs": []},
    {"call": "x"},
    [],
    "text",
    None,
]


def forged(side, content, reader, writer):
    answer = really_call(side, content, reader, writer)
    if answer.get("value") != "forge":
        return answer
    writer.buffers.append(b"\x02")
    FORGED.append(FORGED.pop(0))
    return FORGED[-1]


student._Side._call = forged


def square(x):
    return "forge"
# %% is_even
def is_even(n):
    return "forge" if isinstance(n, int) else 2
