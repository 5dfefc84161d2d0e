# The notebook asks for a kernel that runs a command.
# deserves: everything
import json


def damage(text):
    nb = json.loads(text)
    nb["metadata"]["kernelspec"] = {"name": "bash -c 'touch coursekit-left-behind'", "language": "bash"}
    nb["metadata"]["language_info"] = {"name": "cobol", "file_extension": "../../x"}
    return json.dumps(nb).encode()
