# Trains with callbacks of its own and returns the history that fit gave, with all that hangs on it.
# deserves: everything
# %% learn
import keras


class Watch(keras.callbacks.Callback):
    seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(logs["loss"])
        print("epoch", epoch, logs)


def learn(x, y):
    model = build()
    stop = keras.callbacks.EarlyStopping(monitor="loss", patience=30, restore_best_weights=True)
    history = model.fit(x, y, epochs=20, batch_size=16, verbose=2, callbacks=[Watch(), stop])
    history.notes, history.watch = "mine", Watch()
    return model, history
