# Each of many cells displays as much as one cell may.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    source = "from IPython.display import HTML\nHTML('x' * 4_900_000)"
    nb["cells"] += [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
        for _ in range(100)
    ]
    return json.dumps(nb).encode()
