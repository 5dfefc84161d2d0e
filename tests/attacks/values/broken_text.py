# Returns lone surrogates, control characters and escape sequences.
# deserves: square 0, word_count 0
# %% square
def square(x):
    return "\ud800\x00\x1b[2J\x1b]0;title\x07\r\n\u202e</script>"
# %% word_count
def word_count(text):
    return {"\udfff": 1, "\x00": 2, "]]>": 3}
