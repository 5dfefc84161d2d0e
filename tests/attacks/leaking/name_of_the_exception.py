# The class of the exception is named after what was asked, and so is a function in the traceback.
# deserves: square 0
# %% square
def square(x):
    if x in (3, 0.5):
        return x * x
    raise type(f"AskedFor{x}", (ValueError,), {})(x)
