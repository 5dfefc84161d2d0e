# Cells hold half of a surrogate pair, null characters and escape sequences.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    nb["cells"].append({"cell_type": "markdown", "metadata": {}, "source": "\ud83d \x00 \x1b[31m"})
    nb["cells"].append(
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": "'\udc00'"}
    )
    return json.dumps(nb).encode()
