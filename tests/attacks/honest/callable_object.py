# An object that can be called instead of a function.
# deserves: everything
# %% square
class Square:
    def __call__(self, x):
        return x * x


square = Square()
