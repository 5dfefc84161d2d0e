# The weights are NaN and infinity.
# deserves: build 0, learn 0
# %% build
import keras
import numpy as np


def build():
    model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.set_weights([np.full((4, 3), np.nan), np.full(3, np.inf)])
    return model
# %% learn
def learn(x, y):
    model = build()
    return model, model.fit(x, y, epochs=1, verbose=0)
