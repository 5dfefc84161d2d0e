# The answer stands in a cell with a cell magic.
# deserves: everything
# %% square
%%time
def square(x):
    return x * x
# %% extra after square
%%bash
echo hello
# %% extra after mean_row
%%capture captured
print("caught")
