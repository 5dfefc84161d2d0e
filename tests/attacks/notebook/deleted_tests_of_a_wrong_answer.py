# All cells of tests were deleted; one of the answers is wrong.
# deserves: square 0
import json

ANSWERS = {"square": "def square(x):\n    return 0"}


def damage(text):
    nb = json.loads(text)
    nb["cells"] = [cell for cell in nb["cells"] if not cell["metadata"].get("nbgrader", {}).get("grade")]
    return json.dumps(nb).encode()
