# Asks whether it is the main program.
# deserves: everything
# %% square
def square(x):
    return x * x


if __name__ == "__main__":
    ready = True
# %% is_even
def is_even(n):
    return n % 2 == 0 if ready else None
