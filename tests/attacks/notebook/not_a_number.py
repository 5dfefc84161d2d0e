# The JSON holds NaN and Infinity, where points and versions stand.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    for cell in nb["cells"]:
        if "points" in cell["metadata"].get("nbgrader", {}):
            cell["metadata"]["nbgrader"]["points"] = float("nan")
    nb["metadata"]["version"] = float("inf")
    return json.dumps(nb).encode()
