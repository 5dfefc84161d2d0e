# Asks the person at the keyboard, where nobody sits.
# deserves: square 0
# %% square
def square(x):
    return float(input("x, please: ")) ** 2
