# Defines a class in place of a function and lets it make numbers.
# deserves: everything
# %% square
class square:
    def __new__(cls, x):
        return x * x
