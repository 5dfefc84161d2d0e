# A functional model with branches, normalization, dropout and an optimizer of its own settings.
# deserves: everything
# %% build
import keras


def build():
    inputs = keras.Input(shape=(4,))
    one = keras.layers.Dense(8, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-4))(inputs)
    two = keras.layers.BatchNormalization()(keras.layers.Dense(8, activation="tanh")(inputs))
    both = keras.layers.Dropout(0.1)(keras.layers.Concatenate()([one, two]))
    outputs = keras.layers.Dense(3, activation="softmax")(both)
    model = keras.Model(inputs, outputs)
    rate = keras.optimizers.schedules.CosineDecay(0.05, 1000)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=rate, beta_1=0.8),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    return model
