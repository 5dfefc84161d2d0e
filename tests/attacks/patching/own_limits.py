# The process lowers its own limits, blocks signals and leaves its folder.
# deserves: square 0, mean_row 0..3, word_count 0..3, is_even 0..3
# %% square
import os
import resource
import signal


def square(x):
    return 0


signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
resource.setrlimit(resource.RLIMIT_STACK, (2**18, 2**18))
os.umask(0o777)
os.chdir("/")
os.environ.clear()
