"""Keras models as they cross the border: as their configuration, their weights, and the state of their optimizer.

A configuration that comes from a student is checked before Keras sees it: it may name nothing but layers and functions
of Keras itself. What nobody has imported cannot have made a value, so nothing here loads Keras before it is needed.
"""

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from coursekit.staff.sandbox.inside.messages import CannotCross, in_short

if TYPE_CHECKING:
    from coursekit.staff.sandbox.inside.wire import Reader, Writer

MAX_LAYERS = 500
MAX_LAYER_SIZE = 1_000_000
# Numbers in a model's configuration; some layers keep constants there, where no count of parameters finds them.
MAX_CONSTANTS = 20_000


def is_model(value: Any) -> bool:
    """Whether it is a Keras model, of whatever class."""
    return isinstance(value, _class_of_keras("Model"))


def is_layer(value: Any) -> bool:
    """Whether it is a layer; a model is one as well."""
    return isinstance(value, _class_of_keras("layers", "Layer"))


def is_history(value: Any) -> bool:
    """Whether it is what `fit` returns."""
    return isinstance(value, _class_of_keras("callbacks", "History"))


def is_tensor(value: Any) -> bool:
    """Whether it is a tensor or a variable of Keras or its backend."""
    keras: Any = sys.modules.get("keras")
    if not hasattr(keras, "ops"):
        return False
    return keras.ops.is_tensor(value) or isinstance(value, keras.Variable)


def _class_of_keras(*names: str) -> Any:
    """The class, as isinstance takes it; none while Keras is not loaded, or not all of it."""
    found: Any = sys.modules.get("keras")
    for name in names:
        found = getattr(found, name, ())
    return found


def write_model(model: Any, writer: "Writer") -> list[Any]:
    """The model's configuration, weights, state of its optimizer and number of updates."""
    import keras

    if not model.built:
        raise CannotCross("a Keras model without weights so far; give it a keras.Input")
    try:
        config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    except Exception as error:
        raise CannotCross(f"a Keras model that cannot be written down: {in_short(error)}") from None
    optimizer = model.optimizer if model.compiled else None
    state = (
        [np.asarray(v) for v in optimizer.variables] if optimizer is not None and optimizer.built else None
    )
    steps = int(optimizer.iterations.numpy()) if optimizer is not None else 0
    weights = [np.asarray(weight) for weight in model.weights]
    return [json.dumps(config), writer.write(weights), writer.write(state), steps]


def read_model(content: Any, reader: "Reader", into: Any = None) -> Any:
    """The model that was written, or the model `into` with the state that was written."""
    import keras

    text, weights, state, steps = content
    weights, state = reader.read(weights), reader.read(state)
    if any(type(array) is not np.ndarray for array in [*weights, *(state or [])]):
        raise CannotCross("a Keras model whose weights are no arrays")
    model = into
    try:
        if model is None:
            config = json.loads(text)
            if not reader.trusted:
                check_config(config)
            model = keras.saving.deserialize_keras_object(config, safe_mode=True)
        if not isinstance(model, keras.Model):
            raise ValueError("it is no model")
        if [tuple(w.shape) for w in model.weights] != [w.shape for w in weights]:
            raise ValueError("its weights do not fit its layers")
        for variable, value in zip(model.weights, weights, strict=True):
            variable.assign(value)
        for layer in model._flatten_layers():
            # What some layers, an adapted Normalization say, compute with is made of their weights.
            getattr(layer, "finalize_state", lambda: None)()
        _restore_optimizer(model, state, steps)
    except CannotCross:
        raise
    except Exception as error:
        raise CannotCross(f"a Keras model that cannot be built again: {in_short(error)}") from None
    return model


def _restore_optimizer(model: Any, state: list | None, steps: int) -> None:
    if not model.compiled or model.optimizer is None:
        return
    if state is not None:
        model.optimizer.build(model.trainable_variables)
        model.optimizer.set_weights(state)
    model.optimizer.iterations.assign(int(steps))


def write_history(history: Any, writer: "Writer") -> list[Any]:
    """The numbers and epochs of a history, without its model."""
    numbers = {str(name): [float(value) for value in values] for name, values in history.history.items()}
    return [writer.write(numbers), writer.write(list(history.epoch))]


def read_history(content: Any, reader: "Reader") -> Any:
    """The history that was written."""
    import keras

    history = keras.callbacks.History()
    history.history, history.epoch = reader.read(content[0]), reader.read(content[1])
    return history


def to_array(tensor: Any) -> np.ndarray:
    """The numbers of a tensor."""
    import keras

    return keras.ops.convert_to_numpy(tensor)


def to_tensor(array: np.ndarray) -> Any:
    """A tensor with these numbers."""
    import keras

    return keras.ops.convert_to_tensor(array)


# Layers that only compute; none of them can hold a function, a file name or a layer of somebody's own.
_LAYERS = frozenset(
    """Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average AveragePooling1D
    AveragePooling2D AveragePooling3D BatchNormalization Bidirectional CenterCrop Concatenate Conv1D Conv1DTranspose
    Conv2D Conv2DTranspose Conv3D Conv3DTranspose Cropping1D Cropping2D Cropping3D Dense DepthwiseConv1D
    DepthwiseConv2D Dot Dropout ELU EinsumDense Embedding Flatten GRU GaussianDropout GaussianNoise
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
    GlobalMaxPooling3D GroupNormalization GroupQueryAttention Identity InputLayer LSTM LayerNormalization LeakyReLU
    Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum MultiHeadAttention Multiply Normalization PReLU
    Permute RandomBrightness RandomContrast RandomCrop RandomFlip RandomRotation RandomTranslation RandomZoom ReLU
    RepeatVector Rescaling Reshape Resizing SeparableConv1D SeparableConv2D SimpleRNN Softmax SpatialDropout1D
    SpatialDropout2D SpatialDropout3D SpectralNormalization Subtract TimeDistributed UnitNormalization UpSampling1D
    UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D""".split()
)
_MODULES = {
    "keras": {"Sequential", "Functional", "Model", "KerasTensor", "DTypePolicy", "SeedGenerator"},
    "keras.layers": _LAYERS,
    "keras.models": {"Sequential", "Functional", "Model"},
    "keras.src.models.functional": {"Functional"},
    "keras.src.models.sequential": {"Sequential"},
    "keras.random": {"SeedGenerator"},
    # Whatever these hold is part of Keras and has no code as an argument.
    "keras.initializers": None,
    "keras.regularizers": None,
    "keras.constraints": None,
    "keras.optimizers": None,
    "keras.optimizers.schedules": None,
    "keras.losses": None,
    "keras.metrics": None,
    "keras.dtype_policies": {"DTypePolicy"},  # those of quantization pack several weights into one
}
# Functions are written by name; these are Keras's own modules of functions, and what it writes for any of them.
_FUNCTIONS = ("activations", "losses", "metrics", "initializers", "regularizers", "constraints")
_FUNCTION_MODULES = {"keras.activations", "keras.losses", "keras.metrics", "keras.initializers", "builtins"}


def check_config(config: Any) -> None:
    """Check that a Keras configuration names nothing but known layers and functions of Keras itself.

    Raises CannotCross for anything else: Lambda layers, classes or functions of somebody's own, absurd sizes.
    """
    layers = numbers = 0
    for part in _parts(config):
        if isinstance(part, dict):
            layers += _check_dict(part)
            if layers > MAX_LAYERS:
                raise CannotCross(f"a Keras model of more than {MAX_LAYERS} layers")
        elif isinstance(part, int | float):
            if isinstance(part, int) and abs(part) > 2**63:
                raise CannotCross("a Keras model with a number that is too large")
            numbers += 1
            if numbers > MAX_CONSTANTS:
                raise CannotCross(
                    f"a Keras model with more than {MAX_CONSTANTS:,} numbers beside its weights"
                )
        elif part is not None and not isinstance(part, str | list):
            raise CannotCross("a Keras model with a damaged configuration")
    name = config.get("class_name") if isinstance(config, dict) else None
    if name not in ("Sequential", "Functional"):
        raise CannotCross(f"a Keras model of the class {_quoted(name)}; Sequential and functional models can")


def _parts(config: Any) -> Iterator[Any]:
    """All that is nested in a configuration, each part before what is in it."""
    pending = [(config, 0)]
    while pending:
        part, depth = pending.pop()
        if depth > 100:
            raise CannotCross("a Keras model whose configuration is nested too deep")
        yield part
        inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        pending += [(value, depth + 1) for value in inner]


def _check_dict(part: dict[str, Any]) -> int:
    """Check one dict of a configuration; returns 1 for a layer and 0 for anything else."""
    if part.get("class_name") == "__lambda__" or set(part) == {"value"}:
        raise CannotCross("a Keras model with a lambda; functions of Keras itself can")
    if part.get("class_name") in ("__numpy__", "__tensor__") and _holds_text(part.get("config")):
        raise CannotCross("a Keras model with an array of texts")
    if "class_name" in part or "registered_name" in part or "module" in part:
        return _check_named(part)
    return 0


def _holds_text(config: Any) -> bool:
    """Whether a constant array is written with texts, which numpy would read as numbers."""
    pending = [config.get("value")] if isinstance(config, dict) else []
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            return True
        pending += part if isinstance(part, list) else []
    return False


def _check_named(part: dict[str, Any]) -> int:
    """Check one named object of a configuration; returns 1 for a layer and 0 for anything else."""
    module, name, registered = part.get("module"), part.get("class_name"), part.get("registered_name")
    config = part.get("config")
    if name in ("__keras_tensor__", "__tensor__", "__numpy__", "__tuple__"):
        return 0
    if name == "function":
        if module not in _FUNCTION_MODULES or not _is_of_keras(config):
            raise CannotCross(f"a Keras model with a function of its own, {_quoted(config)}")
        return 0
    if name is None or module is None:
        # A plain dict of a configuration that happens to have such a key: nothing is looked up by it.
        if set(part) >= {"class_name", "config"}:
            raise CannotCross(f"a Keras model with an object of unknown origin, {_quoted(name)}")
        return 0
    allowed = _MODULES.get(module, ())
    if (allowed is not None and name not in allowed) or not isinstance(name, str) or not name.isidentifier():
        raise CannotCross(
            f"a Keras model with {_quoted(module)}.{_quoted(name)}; only layers of Keras itself can"
        )
    if registered not in (None, name):
        raise CannotCross(f"a Keras model with a class of its own, {_quoted(registered)}")
    for key in ("units", "filters", "input_dim", "output_dim", "depth_multiplier", "n"):
        size = config.get(key) if isinstance(config, dict) else None
        if isinstance(size, int) and size > MAX_LAYER_SIZE:
            raise CannotCross(f"a Keras model with {key}={size:,} in a layer")
    return int(module == "keras.layers")


def _is_of_keras(name: Any) -> bool:
    import keras

    return isinstance(name, str) and any(name in vars(getattr(keras, module)) for module in _FUNCTIONS)


def _quoted(name: Any) -> str:
    return repr(name)[:80]
