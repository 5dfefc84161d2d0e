# The notebook is of format 4.0: cells have no ids.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    nb["nbformat_minor"] = 0
    for cell in nb["cells"]:
        cell.pop("id", None)
    return json.dumps(nb).encode()
