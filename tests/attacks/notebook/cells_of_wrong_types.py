# Cells are numbers, texts, null, lists and objects without anything; the answers stand between them.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    strange = [5, "cell", None, [], {}, {"cell_type": 7}, {"cell_type": "code", "source": 5}]
    strange += [{"cell_type": "code", "source": [1, 2], "metadata": []}, {"cell_type": "alien", "source": "x"}]
    nb["cells"] = strange + nb["cells"] + strange
    return json.dumps(nb).encode()
