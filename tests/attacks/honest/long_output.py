# Prints ten thousand lines on the way to a right answer.
# deserves: everything
# %% is_even
def is_even(n):
    for line in range(10_000):
        print("checking", line)
    return n % 2 == 0
