# The tests are worth a thousand points, or none below zero, in the notebook that was handed in.
# deserves: square 0
import json

ANSWERS = {"square": "def square(x):\n    return 0"}


def damage(text):
    nb = json.loads(text)
    for cell in nb["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("grade"):
            marks["points"] = -1000 if marks["grade_id"].startswith("square") else 1000
    return json.dumps(nb).encode()
