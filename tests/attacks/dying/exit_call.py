# The answer calls exit(), the one of the shell.
# deserves: square 0
# %% square
def square(x):
    exit()
    return 0
