# A message of 80 MB that is a thousand gigabytes when it is unfolded: all its arrays point at the same bytes.
# deserves: mean_row 0
# %% mean_row
from coursekit.staff.sandbox.inside import student

really_call = student._Side._call


def forged(side, content, reader, writer):
    answer = really_call(side, content, reader, writer)
    if answer.get("value") == "forge":
        writer.buffers.append(bytes(80_000_000))
        answer["value"] = {"list": [{"array": ["<f8", [10_000_000], 0]}] * 12_000}
    return answer


student._Side._call = forged


def mean_row(table):
    return "forge"
