# The cell of an answer is there twice, copied with its name; both are right.
# deserves: everything
import copy
import json


def damage(text):
    nb = json.loads(text)
    at = next(n for n, c in enumerate(nb["cells"]) if c["metadata"].get("nbgrader", {}).get("grade_id") == "square")
    nb["cells"].insert(at, copy.deepcopy(nb["cells"][at]))
    return json.dumps(nb).encode()
