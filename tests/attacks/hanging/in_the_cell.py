# The cell never ends; the answer above the loop is wrong.
# deserves: square 0
# %% square
def square(x):
    return 0


while True:
    pass
