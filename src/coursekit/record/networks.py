"""The networks of the recorded experiments, written as one line each.

A chapter writes its networks in plain Keras. The record (`claims.toml`) lists a hundred of them, in the notation
that the studies are quoted in; tests hold both equal.

======== =============================================================================
D32      Dense, 32 units, ReLU; ``D32-l2.01`` penalizes the kernel by 0.01 times the sum of its squares
R10      Dense, 10 units, ReLU, as the output of a network that should not have it
S10      Dense, 10 units, softmax
G10      Dense, 10 units, sigmoid
C32/3    Conv2D, 32 filters of 3 x 3, ReLU, no padding; options follow a hyphen:
         ``C32/3-same`` pads, ``C32/3-l2`` penalizes the kernel by 0.01 times the sum of
         its squares, ``C32/3-linear`` has no ReLU
P2       MaxPooling2D, 2 x 2
BN       BatchNormalization
ReLU     the activation as a layer of its own
Drop.5   Dropout of half of the units
Flatten, GAP   Flatten, GlobalAveragePooling2D
======== =============================================================================
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

_CONVOLUTION = re.compile(r"C(\d+)/(\d+)((?:-(?:same|l2|linear))*)")
_DENSE = {"D": "relu", "R": "relu", "S": "softmax", "G": "sigmoid"}


def network(layers: str, input_shape: tuple[int, ...]) -> keras.Sequential:
    """The network, built but not compiled, for inputs of this shape; grey images get their channel axis.

    ``layers``: the notation above, separated by blanks. Raises ValueError for a layer that it does not know.
    """
    import keras

    grey = len(input_shape) == 2
    model = keras.Sequential([keras.Input(input_shape)])
    if grey and _CONVOLUTION.match(layers):
        model.add(keras.layers.Reshape((*input_shape, 1)))
    for word in layers.split():
        model.add(_layer(word))
    return model


def _layer(word: str) -> keras.Layer:
    from keras import layers, regularizers

    if found := _CONVOLUTION.fullmatch(word):
        filters, size, options = int(found[1]), int(found[2]), found[3].split("-")
        return layers.Conv2D(
            filters,
            size,
            padding="same" if "same" in options else "valid",
            activation=None if "linear" in options else "relu",
            kernel_regularizer=regularizers.L2(0.01) if "l2" in options else None,
        )
    if found := re.fullmatch(r"([DRSG])(\d+)(?:-l2(0?\.\d+))?", word):
        penalty = regularizers.L2(float(found[3])) if found[3] else None
        return layers.Dense(int(found[2]), activation=_DENSE[found[1]], kernel_regularizer=penalty)
    if found := re.fullmatch(r"P(\d+)", word):
        return layers.MaxPooling2D(int(found[1]))
    if found := re.fullmatch(r"Drop(0?\.\d+|0)", word):
        return layers.Dropout(float(found[1]))
    plain = {
        "Flatten": layers.Flatten,
        "GAP": layers.GlobalAveragePooling2D,
        "BN": layers.BatchNormalization,
        "ReLU": layers.ReLU,
    }
    if word in plain:
        return plain[word]()
    raise ValueError(
        f"no layer is written {word!r}; expected one of the notation in coursekit.record.networks"
    )
