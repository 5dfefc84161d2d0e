# Returns a list and a dict that contain themselves.
# deserves: square 0, word_count 0
# %% square
def square(x):
    loop = [x]
    loop.append(loop)
    return loop
# %% word_count
def word_count(text):
    loop = {}
    loop["a"] = loop
    return loop
