# Assigns the number 9 to the name of the function.
# deserves: square 0
# %% square
square = 3 * 3
