# Asks for input at the top of a cell, and then defines a right answer in another.
# deserves: everything
# %% before
name = input("Your name: ")
