# A Lambda layer hides inside layers that wrap others, and inside a model inside the model.
# deserves: build 0
# %% build
import keras


def build():
    inner = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Lambda(lambda x: 100 * x[:, :3], output_shape=(3,))])
    wrapped = keras.layers.TimeDistributed(inner)
    model = keras.Sequential(
        [keras.Input(shape=(4,)), keras.layers.Reshape((1, 4)), wrapped, keras.layers.Flatten(), keras.layers.Softmax()]
    )
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
