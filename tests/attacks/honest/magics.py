# Line magics, shell commands and their output.
# deserves: everything
# %% before
!echo hello
files = !ls
%config InlineBackend.figure_format = "retina"
%time sum(range(10))
# %% square
%load_ext autoreload
%autoreload 2

def square(x):
    return x * x
# %% extra after square
square?
%timeit -n1 -r1 square(3)
