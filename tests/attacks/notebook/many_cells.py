# Three hundred extra cells, all of them right.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    extra = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": "1"}
    nb["cells"] += [extra] * 300
    return json.dumps(nb).encode()
