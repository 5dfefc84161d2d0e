# Attachments and kinds of outputs have names with half of a surrogate pair, which no file can hold.
# deserves: everything
import json

CODE = """class Odd:
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/\\ud800": "x", "text/plain": "x"}


Odd()"""


def damage(text):
    nb = json.loads(text)
    pictures = {"a\ud800.png": {"image/png": "aaa\udc00", "image/\ud800": "\ud800"}}
    nb["cells"].append({"cell_type": "markdown", "metadata": {}, "source": "a", "attachments": pictures})
    nb["cells"].append(
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": CODE}
    )
    return json.dumps(nb).encode()
