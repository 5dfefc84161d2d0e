# The cell of an answer was deleted; the answer stands in a cell without a name.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    for cell in nb["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "square":
            cell["metadata"] = {}
            cell["id"] = "mine"
    return json.dumps(nb).encode()
