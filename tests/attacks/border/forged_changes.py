# Claims to have changed the table in place to zeros, the mean of which is zero.
# deserves: mean_row 0
# %% mean_row
import numpy as np
from coursekit.staff.sandbox.inside import student

really_call = student._Side._call


def forged(side, content, reader, writer):
    answer = really_call(side, content, reader, writer)
    if answer.get("value", {}) == "mean_row":
        shape = (20, 5) if calls.append(1) or len(calls) > 1 else (3, 2)
        answer["changed"] = [[0, writer.write(np.zeros(shape))]]
        answer["value"] = writer.write(np.zeros(shape[0]))
    return answer


calls = []
student._Side._call = forged


def mean_row(table):
    return "mean_row"
