# A beginner ends the cell with exit(); its answer is wrong, the others are right.
# deserves: square 0
# %% square
def square(x):
    return x + x


exit()
