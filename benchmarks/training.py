"""How fast `replicate` trains, as ratios to plain Keras measured in the same run. `make bench` runs this.

The bars: ten runs of the softmax MLP (32 hidden units, Adam, 3 epochs, all 60 000 MNIST images) at least 10 times
faster than ten calls of `fit`; a convolutional model never slower than plain Keras. Exit status 1 if one is missed.
"""

import statistics
import sys
import time

import keras
import numpy as np

from coursekit import data
from coursekit.training import replicate

RUNS, EPOCHS, BATCH, HIDDEN = 10, 3, 32, 32


def mlp() -> keras.Model:
    layers = [keras.layers.Flatten(), keras.layers.Dense(HIDDEN, activation="relu")]
    return compiled(layers, keras.Input(shape=(28, 28)))


def cnn() -> keras.Model:
    layers = [
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
    ]
    return compiled([keras.layers.Reshape((28, 28, 1)), *layers], keras.Input(shape=(28, 28)))


def compiled(layers: list, inputs) -> keras.Model:
    model = keras.Sequential([inputs, *layers, keras.layers.Dense(10, activation="softmax")])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def plain(build, dataset, *, runs: int, epochs: int) -> None:
    """What a course would do without `replicate`."""
    for run in range(runs):
        keras.utils.set_random_seed(run)
        build().fit(dataset.x_train, dataset.y_train, batch_size=BATCH, epochs=epochs, verbose=0)


def seconds(function, *arguments, **options) -> float:
    started = time.perf_counter()
    function(*arguments, **options)
    return time.perf_counter() - started


def arithmetic_seconds(images: int) -> float:
    """Seconds that the matrix products of one epoch of all runs take at this machine's measured rate."""
    a = np.ones((2048, 2048), dtype=np.float32)
    rate = max(2 * 2048**3 / seconds(np.matmul, a, a) for _ in range(5))
    products = (
        2 * images * (784 * HIDDEN * 2 + HIDDEN * 10 * 3)
    )  # forward and both gradients, input's left out
    return RUNS * products / rate


def main() -> int:
    dataset = data.load("mnist", validation=0).scaled()
    images = len(dataset.x_train)
    seconds(replicate, mlp, dataset.take(min(images, 1000)), runs=1, epochs=1)  # TensorFlow's own start-up

    fast = seconds(replicate, mlp, dataset, runs=RUNS, epochs=EPOCHS, batch_size=BATCH)
    slow = seconds(plain, mlp, dataset, runs=RUNS, epochs=EPOCHS)
    once = seconds(replicate, mlp, dataset, runs=RUNS, epochs=1, batch_size=BATCH)
    longer = seconds(replicate, mlp, dataset, runs=RUNS, epochs=1 + EPOCHS, batch_size=BATCH)
    epoch = (longer - once) / EPOCHS
    floor = arithmetic_seconds(images)

    small = dataset.take(min(images, 12_000))
    pairs = [
        (seconds(plain, cnn, small, runs=1, epochs=2), seconds(replicate, cnn, small, runs=1, epochs=2))
        for _ in range(3)
    ]
    convolution = statistics.median(a / b for a, b in pairs)

    print(f"data: {dataset.provenance.source}, {images:,} training images; {RUNS} runs of {EPOCHS} epochs")
    print(f"plain fit, one after another  {slow:7.1f} s")
    print(f"replicate                     {fast:7.1f} s   {slow / fast:.1f} times faster (bar: 10)")
    print(
        f"one more epoch of all runs    {epoch:7.2f} s   {epoch / floor:.1f} times its matrix products ({floor:.2f} s)"
    )
    print(f"convolutional model           plain / replicate = {convolution:.2f} (bar: 1, less 5 % for noise)")
    return int(slow / fast < 10 or convolution < 0.95)


if __name__ == "__main__":
    sys.exit(main())
