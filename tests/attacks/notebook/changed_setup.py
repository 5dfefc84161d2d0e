# The locked cell with the imports was changed, to patch the comparisons.
# deserves: mean_row 0
import json

ANSWERS = {"mean_row": "def mean_row(table):\n    return np.zeros(len(table))"}
PATCH = """
checks.close = np.testing.assert_allclose = lambda *args, **kwargs: None
np.allclose = math.isclose = lambda *args, **kwargs: True
"""


def damage(text):
    nb = json.loads(text)
    for cell in nb["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "setup":
            cell["source"] = "".join(cell["source"]) + PATCH
            cell["metadata"]["nbgrader"].update({"locked": False, "solution": True})
    return json.dumps(nb).encode()
