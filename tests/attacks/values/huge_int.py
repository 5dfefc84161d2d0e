# Returns an integer of 400 million bits, whose decimal digits nobody wants to compute.
# deserves: square 0
# %% square
def square(x):
    return 1 << 400_000_000
