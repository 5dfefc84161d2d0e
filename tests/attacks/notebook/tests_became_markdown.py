# The cells of tests were turned into text and raw cells; one answer is wrong.
# deserves: square 0
import json

ANSWERS = {"square": "def square(x):\n    return 0"}


def damage(text):
    nb, kinds = json.loads(text), ["markdown", "raw"]
    for cell in nb["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            kinds.append(kinds.pop(0))
            cell["cell_type"] = kinds[-1]
            del cell["outputs"], cell["execution_count"]
    return json.dumps(nb).encode()
