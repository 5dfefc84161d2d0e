# A cell of the student's, with nothing in it, carries the name of a test; the answer is wrong.
# deserves: square 0
import json

ANSWERS = {"square": "def square(x):\n    return 0"}


def damage(text):
    nb = json.loads(text)
    for test in ("square-test-1", "square-test-2"):
        marks = {"grade": True, "grade_id": test, "solution": False, "locked": True, "points": 3, "schema_version": 3}
        own = {"cell_type": "code", "metadata": {"nbgrader": marks}, "source": "pass"}
        nb["cells"].insert(0, {**own, "outputs": [], "execution_count": None})
        nb["cells"].append({**own, "outputs": [], "execution_count": None})
    return json.dumps(nb).encode()
