"""Another order of the images in every epoch, decided by the seed: in `replicate`, in `batches`, on every backend."""

import dataclasses
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from coursekit import data, training
from coursekit.training import batches, replicate, shuffles

IMAGES, EPOCHS = 130, 3


def numbered():
    """Images that carry their own number in the first pixel: 130, more batches of 3 than Keras is given at once."""
    digits = data.load("mnist", validation=200).take(IMAGES).scaled()
    x = np.zeros_like(digits.x_train)
    x[:, 0, 0] = np.arange(IMAGES)
    return dataclasses.replace(digits, x_train=x)


class Spy(keras.layers.Layer):
    """Hands its input on and writes down the numbers of the images that come by in training."""

    def __init__(self, seen, **options):
        super().__init__(**options)
        self.write = seen.extend  # not the list: Keras would keep a copy of it

    def note(self, numbers):
        self.write(np.asarray(numbers).astype(int).tolist())

    def call(self, images, training=False):
        if training and keras.backend.backend() == "jax":
            import jax

            jax.debug.callback(self.note, images[:, 0, 0], ordered=True)
        elif training:
            import tensorflow as tf

            tf.py_function(lambda numbers: self.note(numbers.numpy()), [images[:, 0, 0]], [])
        return images


def spied(seen, **options):
    def build():
        model = keras.Sequential([keras.Input(shape=(28, 28)), Spy(seen), keras.layers.Flatten()])
        model.add(keras.layers.Dense(10, activation="softmax"))
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], **options)
        return model

    return build


def seed_of(seed, run):
    return int(np.random.SeedSequence([seed, run]).generate_state(1)[0])


def epochs_of(seen):
    assert len(seen) % IMAGES == 0
    return [seen[start : start + IMAGES] for start in range(0, len(seen), IMAGES)]


def orders(seed, epochs=EPOCHS):
    return [order.tolist() for order, _ in zip(shuffles(seed, IMAGES), range(epochs), strict=False)]


def dense():
    model = keras.Sequential([keras.Input(shape=(28, 28)), keras.layers.Flatten()])
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def convolutional():
    model = keras.Sequential([keras.Input(shape=(28, 28)), keras.layers.Reshape((28, 28, 1))])
    model.add(keras.layers.Conv2D(2, 5, strides=3, activation="relu"))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_an_order_is_a_permutation_and_no_epoch_repeats_another_s():
    found = orders(7)
    assert all(sorted(order) == list(range(IMAGES)) for order in found)
    assert len({tuple(order) for order in found}) == EPOCHS
    assert orders(7) == found != orders(8)


@pytest.mark.parametrize("validated", [True, False], ids=["with validation", "without"])
@pytest.mark.parametrize(
    "callbacks", [None, lambda: [keras.callbacks.EarlyStopping()]], ids=["", "callbacks"]
)
@pytest.mark.parametrize("batch_size", [3, 64, 1000])
def test_fit_sees_every_image_once_an_epoch_in_the_order_of_shuffles(validated, callbacks, batch_size):
    seen, used = [], numbered()
    if not validated:
        used = dataclasses.replace(used, x_val=used.x_val[:0], y_val=used.y_val[:0])
    if callbacks and not validated:
        callbacks = lambda: [keras.callbacks.EarlyStopping(monitor="loss")]  # noqa: E731
    runs = replicate(
        spied(seen), used, runs=2, epochs=EPOCHS, batch_size=batch_size, seed=4, callbacks=callbacks
    )
    trained = runs.history.groupby("run").size()
    expected = [orders(seed_of(4, run), epochs) for run, epochs in trained.items()]
    assert epochs_of(seen) == [order for run in expected for order in run]


@pytest.mark.parametrize("build", [dense, convolutional])
@pytest.mark.parametrize("compiled", [True, False])
def test_after_three_epochs_the_weights_are_those_of_plain_keras_fed_in_that_order(
    build, compiled, monkeypatch
):
    monkeypatch.setattr(training, "_STEPS_WORTH_COMPILING", 0 if compiled else 10**9)
    digits = data.load("mnist", validation=200).take(300).scaled()
    runs = replicate(build, digits, runs=1, epochs=EPOCHS, seed=5)
    keras.utils.set_random_seed(seed_of(5, 0))
    plain = build()
    for order, _ in zip(shuffles(seed_of(5, 0), 300), range(EPOCHS), strict=False):
        plain.fit(digits.x_train[order], digits.y_train[order], shuffle=False, verbose=0)
    for ours, theirs in zip(runs.model(0).get_weights(), plain.get_weights(), strict=True):
        assert np.abs(ours - theirs).max() < 1e-4


@pytest.mark.parametrize("build", [dense, convolutional])
def test_a_frozen_order_is_the_first_one_again_and_again(build):
    digits = data.load("mnist", validation=200).take(300).scaled()
    frozen = replicate(build, digits, runs=1, epochs=EPOCHS, seed=5, reshuffle=False)
    keras.utils.set_random_seed(seed_of(5, 0))
    plain, order = build(), next(shuffles(seed_of(5, 0), 300))
    plain.fit(digits.x_train[order], digits.y_train[order], epochs=EPOCHS, shuffle=False, verbose=0)
    for ours, theirs in zip(frozen.model(0).get_weights(), plain.get_weights(), strict=True):
        assert np.abs(ours - theirs).max() < 1e-4
    assert frozen.provenance["protocol"]["order"] == "frozen"


@pytest.mark.parametrize("options", [{}, {"steps_per_execution": 8}], ids=["", "several steps a call"])
@pytest.mark.parametrize("validated", [True, False], ids=["with validation", "without"])
def test_batches_are_another_permutation_each_epoch_and_the_same_again_from_the_same_seed(options, validated):
    used, found = numbered(), []
    validation = {"validation_data": (used.x_val, used.y_val)} if validated else {}
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        seen, model = [], None
        model = spied(seen, **options)()
        model.fit(batches(used.x_train, used.y_train, 3), epochs=EPOCHS, verbose=0, **validation)
        found.append(epochs_of(seen))
    assert all(sorted(order) == list(range(IMAGES)) for order in found[0])
    assert len({tuple(order) for order in found[0]}) == EPOCHS
    assert found[0] == found[1] != found[2]


def test_a_seed_of_their_own_makes_batches_independent_of_the_global_generators():
    used, found = numbered(), []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        seen = []
        spied(seen)().fit(batches(used.x_train, used.y_train, seed=9), epochs=2, verbose=0)
        found.append(seen)
    assert found[0] == found[1]


def test_batches_say_nothing_on_the_way_and_keep_labels_with_their_images(recwarn):
    used = numbered()
    hot = used.one_hot()
    for images, labels in batches(used.x_train, hot.y_train, 50, seed=0):
        numbers = images.numpy()[:, 0, 0].astype(int)
        assert (labels.numpy() == hot.y_train[numbers]).all()
    dense().fit(batches(used.x_train, used.y_train), epochs=2, verbose=0)
    assert not [warning for warning in recwarn if "shuffle" in str(warning.message)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((3, 2)), np.zeros(2)), "as many labels as images, at least one; got 3 images, 2 labels"),
        ((np.zeros((0, 2)), np.zeros(0)), "at least one; got 0 images, 0 labels"),
        ((np.zeros((3, 2)), np.zeros(3), 0), "batch_size is a whole number of at least 1; got 0"),
    ],
)
def test_what_makes_no_batches_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        batches(*arguments)


def test_keras_s_own_shuffle_repeats_its_order_after_a_seed_as_the_course_teaches():
    # When this fails, Keras has been mended: the section on the frozen order has to say so.
    seen, used = [], numbered()
    keras.utils.set_random_seed(1)
    spied(seen)().fit(used.x_train, used.y_train, epochs=EPOCHS, verbose=0)
    assert len({tuple(order) for order in epochs_of(seen)}) == 1


def test_on_jax_the_orders_are_the_same_ones():
    script = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "import test_order as t\n"
        "seen = []\n"
        "t.replicate(t.spied(seen), t.numbered(), runs=2, epochs=t.EPOCHS, batch_size=3, seed=4)\n"
        "expected = [order for run in range(2) for order in t.orders(t.seed_of(4, run))]\n"
        "assert t.epochs_of(seen) == expected, (len(seen), seen[:10], expected[0][:10])\n"
        "print('the same on', t.keras.backend.backend())"
    )
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, env=environment
    )
    assert done.stdout.strip().endswith("the same on jax"), done.stderr[-2000:]
