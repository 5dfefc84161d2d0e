# What nbgrader notes at the cells of answers is a list, a text, null; what the cells define is right.
# deserves: everything
import json


def damage(text):
    nb, strange = json.loads(text), [[], "solution", None, 7, {"grade_id": ["x"]}, {"grade_id": {"x": 1}}]
    for cell in nb["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["metadata"]["nbgrader"] = strange.pop(0)
    return json.dumps(nb).encode()
