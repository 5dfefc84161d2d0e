# The notebook is handed in with outputs of tests that were passed, and a wrong answer.
# deserves: square 0
import json

ANSWERS = {"square": "def square(x):\n    return 0"}


def damage(text):
    nb = json.loads(text)
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            result = {"output_type": "execute_result", "metadata": {}, "execution_count": 1}
            cell["outputs"] = [{**result, "data": {"text/plain": "3.0"}}]
            cell["execution_count"] = 1
    return json.dumps(nb).encode()
