# The tests were emptied and marked as solutions, so that nbgrader does not put them back; the answer is wrong.
# deserves: square 0
import json

ANSWERS = {"square": "def square(x):\n    return 0"}


def damage(text):
    nb = json.loads(text)
    for cell in nb["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("grade") and marks["grade_id"].startswith("square"):
            cell["source"] = "pass"
            marks.update({"solution": True, "locked": False})
    return json.dumps(nb).encode()
