# What is sent are bytes of every damaged form instead of a message.
# deserves: square 0
# %% square
from coursekit.staff.sandbox.inside import student

really_pack = student.pack
FORGED = [
    b"",
    b"\x00",
    (2**63 - 1).to_bytes(8, "big"),
    (2).to_bytes(8, "big") + b"{}",
    (9).to_bytes(8, "big") + b"\xff\xfe[[[[[[[",
    (100_000).to_bytes(8, "big") + b"[" * 100_000,
    (33).to_bytes(8, "big") + b'{"header": {"value": 9}, "sizes":' + b"[]}",
    (40).to_bytes(8, "big") + b'{"header": {"value": 9}, "sizes": [-1]} ',
]


def forged(header, buffers):
    if isinstance(header, dict) and header.get("value") == "forge":
        FORGED.append(FORGED.pop(0))
        return FORGED[-1]
    return really_pack(header, buffers)


student.pack = forged


def square(x):
    return "forge"
