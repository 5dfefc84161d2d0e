# The marks claim to be of schemas of long ago and of the far future.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    versions = [0, 1, 2, 99, -1, "3", None, 3.5]
    for cell in nb["cells"]:
        if "nbgrader" in cell["metadata"]:
            versions.append(versions.pop(0))
            cell["metadata"]["nbgrader"]["schema_version"] = versions[-1]
    return json.dumps(nb).encode()
