# The cell of an answer was split in two, and both halves carry its name.
# deserves: everything
import copy
import json

ANSWERS = {"square": "def helper(x):\n    return x * x\n\ndef square(x):\n    return helper(x)"}


def damage(text):
    nb = json.loads(text)
    at = next(n for n, c in enumerate(nb["cells"]) if c["metadata"].get("nbgrader", {}).get("grade_id") == "square")
    second = copy.deepcopy(nb["cells"][at])
    nb["cells"][at]["source"], second["source"] = ["def helper(x):\n    return x * x"], ["square = helper"]
    nb["cells"].insert(at + 1, second)
    return json.dumps(nb).encode()
