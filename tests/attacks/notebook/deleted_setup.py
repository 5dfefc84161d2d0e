# The cell with the imports was deleted.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    nb["cells"] = [c for c in nb["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") != "setup"]
    return json.dumps(nb).encode()
