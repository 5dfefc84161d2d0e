# The answer asks for a petabyte.
# deserves: square 0
# %% square
def square(x):
    return bytearray(2**50)
