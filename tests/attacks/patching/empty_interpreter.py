# All modules, paths and hooks of the interpreter are thrown away.
# deserves: square 0, mean_row 0..3, word_count 0..3, is_even 0..3
# %% square
import builtins
import sys


def square(x):
    return 0


sys.path.clear()
sys.meta_path.clear()
sys.path_hooks.clear()
for name in list(sys.modules):
    del sys.modules[name]
sys.stdout = sys.stderr = sys.stdin = None
del builtins.print, builtins.open, builtins.__import__
