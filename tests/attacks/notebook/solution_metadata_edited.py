# Every mark of right answers was edited: solution, grade, locked, task and schema.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    for cell in nb["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("solution"):
            marks.update({"solution": False, "grade": True, "locked": True, "points": 3, "task": False})
        elif marks.get("grade"):
            marks.update({"grade": False, "solution": True, "schema_version": 1})
    return json.dumps(nb).encode()
