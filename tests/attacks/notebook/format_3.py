# The notebook is of format 3, as very old programs write it.
# deserves: everything
import json

import nbformat


def damage(text):
    nb = nbformat.convert(nbformat.reads(text, as_version=4), 3)
    return json.dumps(nb).encode()
