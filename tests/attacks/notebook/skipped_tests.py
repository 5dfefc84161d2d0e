# Tags on the tests say that they need not be run, and on the answer that it is a study.
# deserves: square 0
import json

ANSWERS = {"square": "def square(x):\n    return 0"}


def damage(text):
    nb = json.loads(text)
    for cell in nb["cells"]:
        cell["metadata"]["tags"] = ["study", "skip", "raises-exception", "remove-cell", "parameters"]
    return json.dumps(nb).encode()
