# The cell prints for ever.
# deserves: square 0
# %% square
def square(x):
    return 0


while True:
    print("x" * 1000, flush=True)
