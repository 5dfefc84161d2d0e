# Computes in a pool of processes and closes it.
# deserves: everything
# %% square
import multiprocessing


def multiply(pair):
    return pair[0] * pair[1]


def square(x):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map(multiply, [(x, x)])[0]
