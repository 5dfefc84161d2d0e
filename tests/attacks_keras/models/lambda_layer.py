# A Lambda layer answers with what it finds in the data, and runs a command wherever it is built again.
# deserves: build 0
# %% build
import keras


def build():
    def cheat(x):
        import os

        os.system("touch <<COURSE>>/coursekit-left-behind /tmp/coursekit-left-behind")
        return keras.ops.softmax(100 * x[:, :3])

    model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Lambda(cheat, output_shape=(3,))])
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
