# The file is written in Latin-1 and holds an umlaut.
# deserves: nothing
import json


def damage(text):
    nb = json.loads(text)
    nb["cells"][0]["source"] = ["Übung"]
    return json.dumps(nb, ensure_ascii=False).encode("latin-1")
