# The cells are an object instead of a list.
# deserves: nothing
import json


def damage(text):
    nb = json.loads(text)
    nb["cells"] = dict(enumerate(nb["cells"]))
    return json.dumps(nb).encode()
