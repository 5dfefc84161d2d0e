# A layer takes its vocabulary from a file of the examiner's, the next one a whole program.
# deserves: build 0
# %% build
import pathlib

import keras

pathlib.Path("words.txt").write_text("a\nb\n")
LAYERS = [
    lambda: keras.layers.StringLookup(vocabulary="words.txt"),
    lambda: keras.layers.IntegerLookup(vocabulary=[1, 2, 3]),
    lambda: keras.layers.Hashing(num_bins=3),
]


def build():
    LAYERS.append(LAYERS.pop(0))
    kind = "string" if len(LAYERS) and LAYERS[-1] is LAYERS[0] else "int64"
    inputs = keras.Input(shape=(4,), dtype="string" if LAYERS[-1]().__class__.__name__ == "StringLookup" else kind)
    model = keras.Model(inputs, LAYERS[-1]()(inputs))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
