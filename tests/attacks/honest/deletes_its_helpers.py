# Tidies up: deletes what it needed to define the answer.
# deserves: everything
# %% square
def make(exponent):
    def power(x):
        return x**exponent

    return power


square = make(2)
del make
