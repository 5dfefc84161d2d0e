# Prints in the cell and in the function.
# deserves: everything
# %% square
print("defining square")


def square(x):
    print("x is", x)
    return x * x


print(square(4))
square(5)
