# The configuration that is sent names functions of Python instead of activations and losses.
# deserves: build 0
# %% build
import json

import keras
from coursekit.staff.sandbox.inside import keras_models

really_write = keras_models.write_model
NAMES = ["eval", "exec", "exit", "breakpoint", "open", "__import__", "input", "print"]
MODULES = ["builtins", "os", "keras.activations", "keras.saving", "keras.models", "__main__", "subprocess"]


def forged(model, writer):
    text, *rest = really_write(model, writer)
    NAMES.append(NAMES.pop(0))
    MODULES.append(MODULES.pop(0))
    function = {"class_name": "function", "config": NAMES[0], "module": MODULES[0], "registered_name": NAMES[0]}
    config = json.loads(text)
    config["config"]["layers"][-1]["config"]["activation"] = function
    config["compile_config"]["loss"] = function
    config["compile_config"]["optimizer"] = {"module": MODULES[0], "class_name": NAMES[0], "config": {}}
    return [json.dumps(config), *rest]


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
