# Prints the result and returns nothing.
# deserves: square 0
# %% square
def square(x):
    print(x * x)
