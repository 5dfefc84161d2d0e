# All cells have the same id.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    for cell in nb["cells"]:
        cell["id"] = "same"
    return json.dumps(nb).encode()
