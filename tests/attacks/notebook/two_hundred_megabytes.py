# The notebook has 210 MB: a picture that is a film.
# deserves: nothing
def damage(text):
    picture = '"outputs": [{"output_type": "display_data", "metadata": {}, "data": {"image/png": "%s"}}]'
    return text.replace('"outputs": []', picture % ("x" * 210_000_000), 1).encode()
