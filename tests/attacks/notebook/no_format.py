# The notebook does not say of which format it is.
# deserves: anything
import json


def damage(text):
    nb = json.loads(text)
    del nb["nbformat"], nb["nbformat_minor"], nb["metadata"]
    return json.dumps(nb).encode()
