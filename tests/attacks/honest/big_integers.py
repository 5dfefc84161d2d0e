# Returns integers beyond 64 bits on the way, and a plain int at the end.
# deserves: everything
# %% square
def square(x):
    return (x * 10**40) * x // 10**40 if isinstance(x, int) else x * x
