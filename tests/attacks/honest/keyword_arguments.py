# Takes more parameters than it is given, by default and by name.
# deserves: everything
# %% square
def square(x, *more, exponent=2, **options):
    return x**exponent
