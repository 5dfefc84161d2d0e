# All tests stand above all answers.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    nb["cells"].sort(key=lambda cell: not cell["metadata"].get("nbgrader", {}).get("grade"))
    return json.dumps(nb).encode()
