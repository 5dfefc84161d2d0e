# Raises a group of groups of exceptions, a million deep in causes.
# deserves: square 0
# %% square
def square(x):
    error = ValueError("first")
    for _ in range(5000):
        following = ExceptionGroup("more", [error, SystemExit(0)] if False else [error])
        following.__cause__ = error
        error = following
    raise error
