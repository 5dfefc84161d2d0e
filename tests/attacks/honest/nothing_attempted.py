# No question was attempted, and one answer was deleted altogether.
# deserves: square 0, mean_row 0, word_count 0, is_even 0
# %% square
def square(x):
    # YOUR CODE HERE
    raise NotImplementedError()
# %% mean_row
def mean_row(table):
    # YOUR CODE HERE
    raise NotImplementedError()
# %% word_count
def word_count(text):
    ...
# %% is_even
