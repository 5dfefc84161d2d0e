# The JSON is nested a million deep.
# deserves: nothing
def damage(text):
    return b"[" * 1_000_000 + b"]" * 1_000_000
