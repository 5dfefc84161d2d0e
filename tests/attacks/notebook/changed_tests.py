# The cells of tests were emptied; one of the answers is wrong.
# deserves: square 0
import json

ANSWERS = {"square": "def square(x):\n    return 0"}


def damage(text):
    nb = json.loads(text)
    for cell in nb["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["source"] = "pass"
    return json.dumps(nb).encode()
