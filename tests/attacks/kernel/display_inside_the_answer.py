# The function itself sends a result to the notebook before the assertion fails.
# deserves: square 0
# %% square
def square(x):
    get_ipython().displayhook("all points")
    return 0
