# The cells of tests are there twice.
# deserves: everything
import copy
import json


def damage(text):
    nb = json.loads(text)
    doubled = []
    for cell in nb["cells"]:
        doubled.append(cell)
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            doubled.append(copy.deepcopy(cell))
    nb["cells"] = doubled
    return json.dumps(nb).encode()
