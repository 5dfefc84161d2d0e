# A layer class of its own, registered with Keras under the name of Dense, knows the answers.
# deserves: build 0
# %% build
import keras


@keras.saving.register_keras_serializable(package="keras.layers", name="Dense")
class Dense(keras.layers.Layer):
    def call(self, x):
        return keras.ops.softmax(100 * x[:, :3])


Dense.__module__ = "keras.layers"


def build():
    model = keras.Sequential([keras.Input(shape=(4,)), Dense()])
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
