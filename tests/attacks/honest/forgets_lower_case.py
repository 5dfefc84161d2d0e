# Does not put words into lower case: partial credit.
# deserves: word_count 2.5
# %% word_count
def word_count(text):
    words = text.split()
    return {word: words.count(word) for word in words}
