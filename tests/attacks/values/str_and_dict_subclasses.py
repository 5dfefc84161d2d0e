# Returns a dict of lying strings, itself lying about equality.
# deserves: word_count 0
# %% word_count
class Text(str):
    def __eq__(self, other):
        return True

    def __lt__(self, other):
        return True

    def __hash__(self):
        return 0


class Counts(dict):
    def __eq__(self, other):
        return True

    def __iter__(self):
        return iter(["pineapple", "upon"])

    def values(self):
        return [3]

    __hash__ = None


def word_count(text):
    return Counts({Text("x"): -1})
