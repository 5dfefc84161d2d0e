# Raises an exception with a message of 300 MB, full of control characters.
# deserves: square 0
# %% square
def square(x):
    raise ValueError("\x1b[2J\x00\u202e\udc80</pre><script>" * 10**7)
