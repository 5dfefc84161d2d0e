# The weights that are sent have other shapes, other types and other numbers than the layers.
# deserves: build 0
# %% build
import keras
import numpy as np
from coursekit.staff.sandbox.inside import keras_models

really_write = keras_models.write_model
WRONG = [
    [np.zeros((4, 4)), np.zeros(3)],
    [np.zeros((4, 3))],
    [np.zeros((4, 3)), np.zeros(3), np.zeros(3)],
    [np.array([["a"] * 3] * 4), np.zeros(3)],
    ["no", "weights"],
]


def forged(model, writer):
    text, _, state, steps = really_write(model, writer)
    WRONG.append(WRONG.pop(0))
    return [text, writer.write(WRONG[-1]), state, steps]


keras_models.write_model = forged


def build():
    model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
# %% learn
keras_models.write_model = really_write


def learn(x, y):
    model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="sparse_categorical_crossentropy")
    history = model.fit(x, y, epochs=20, batch_size=16, verbose=0)
    return model, history
