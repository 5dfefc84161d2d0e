# The cell of an answer was merged with the test below it.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    at = next(n for n, c in enumerate(nb["cells"]) if c["metadata"].get("nbgrader", {}).get("grade_id") == "square")
    below = nb["cells"].pop(at + 1)
    nb["cells"][at]["source"] = "".join(nb["cells"][at]["source"]) + "\n\n" + "".join(below["source"])
    return json.dumps(nb).encode()
