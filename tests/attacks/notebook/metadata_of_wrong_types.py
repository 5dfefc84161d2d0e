# Metadata of cells and notebook are lists, numbers and texts; the answers are right and keep their names.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    nb["metadata"] = []
    for cell in nb["cells"]:
        marks = cell["metadata"].get("nbgrader")
        if marks and marks.get("solution"):
            marks.update({"points": "many", "schema_version": [3], "locked": "no", "checksum": 5})
        elif not marks:
            cell["metadata"] = "none"
        cell["outputs"], cell["execution_count"], cell["attachments"] = 5, "many", "x"
    return json.dumps(nb).encode()
