# The answers raise GeneratorExit, StopAsyncIteration and StopIteration.
# deserves: square 0, mean_row 0, word_count 0
# %% square
def square(x):
    raise GeneratorExit
# %% mean_row
def mean_row(table):
    raise StopAsyncIteration
# %% word_count
def word_count(text):
    raise StopIteration
