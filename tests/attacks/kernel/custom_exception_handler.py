# A custom handler for AssertionError swallows it.
# deserves: square 0
# %% square
def square(x):
    return 0


get_ipython().set_custom_exc((AssertionError,), lambda shell, kind, value, tb, tb_offset=None: None)
