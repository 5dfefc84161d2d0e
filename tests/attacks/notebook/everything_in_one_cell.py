# All answers and tests were merged into the cell of the first answer.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    code = [cell for cell in nb["cells"] if cell["cell_type"] == "code"]
    setup, first, *rest = code
    first["source"] = "\n\n".join("".join(cell["source"]) for cell in [first, *rest])
    nb["cells"] = [setup, first]
    return json.dumps(nb).encode()
