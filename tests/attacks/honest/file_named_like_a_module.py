# Notes lie beside the notebook in a file named like a module of Python.
# deserves: everything
# %% file random.py
print("my random thoughts")
# %% file copy.py
these are notes, not Python
