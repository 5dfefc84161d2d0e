# Answer and test have changed their names; the answer is wrong.
# deserves: square 0
import json

ANSWERS = {"square": "def square(x):\n    return 0"}


def damage(text):
    nb = json.loads(text)
    for cell in nb["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        other = {"square": "square-test-1", "square-test-1": "square"}
        if marks.get("grade_id") in other:
            marks["grade_id"] = other[marks["grade_id"]]
    return json.dumps(nb).encode()
