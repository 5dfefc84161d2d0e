# All cells are in the reverse order; the answers are right.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    nb["cells"].reverse()
    return json.dumps(nb).encode()
