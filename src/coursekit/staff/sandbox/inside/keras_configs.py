"""What the configuration of a Keras model may name, when it comes from a student: an allow-list made from Keras itself.

Layers, operations and settings are Keras's own, less those that run code, read files, or make numbers out of nothing.
"""

import functools
import sys
import types
from collections.abc import Iterator
from typing import Any

from coursekit.staff.sandbox.inside.messages import CannotCross

MAX_LAYERS = 500
MAX_LAYER_SIZE = 1_000_000
# Numbers in a model's configuration, beside its weights.
MAX_CONSTANTS = 20_000
# Whole numbers that an operation may be told, in absolute value, and pieces into which it may split something.
MAX_IN_OPERATION = 1_000_000
MAX_PIECES = 1_000

# Layers that hold functions, programs or vocabularies, read files, or take any layer or cell for their own.
_NOT_LAYERS = frozenset(
    """FlaxLayer HashedCrossing Hashing IntegerLookup JaxLayer Lambda Layer MelSpectrogram Pipeline RNN
    STFTSpectrogram StackedRNNCells StringLookup TFSMLayer TextVectorization TorchModuleWrapper Wrapper""".split()
)
_CALL_FUNCTIONS = "AssociativeScan Cond ForiLoop JVP Map Scan Switch VectorizedMap WhileLoop".split()
_MAKE_NUMBERS = "Arange ElasticTransform EmptyLike Full Geomspace Histogram Linspace Logspace Vander".split()
_MAKE_MANY_TENSORS = "ArraySplit Dsplit Hsplit Unstack Vsplit".split()
# They take one weight for several, so that nobody could count them.
_TAKE_NUMBERS_APART = """BitwiseAnd BitwiseInvert BitwiseLeftShift BitwiseNot BitwiseOr BitwiseRightShift BitwiseXor
    LeftShift RightShift View ViewAsComplex ViewAsReal""".split()
_NOT_OPERATIONS = frozenset(_CALL_FUNCTIONS + _MAKE_NUMBERS + _MAKE_MANY_TENSORS + _TAKE_NUMBERS_APART)
_OPERATION_MODULES = frozenset(
    ["keras.src.activations.activations"]
    + [f"keras.src.ops.{name}" for name in ("core", "image", "linalg", "math", "nn", "numpy")]
)
# Modules of settings, and the class that all of a module's settings are of.
_BASES = {
    "keras.initializers": "Initializer",
    "keras.regularizers": "Regularizer",
    "keras.constraints": "Constraint",
    "keras.optimizers": "Optimizer",
    "keras.optimizers.schedules": "LearningRateSchedule",
    "keras.losses": "Loss",
    "keras.metrics": "Metric",
}
_OTHERS = {
    "keras": {"Sequential", "Functional", "Model", "DTypePolicy", "SeedGenerator"},
    "keras.models": {"Sequential", "Functional", "Model"},
    "keras.src.models.functional": {"Functional"},
    "keras.src.models.sequential": {"Sequential"},
    "keras.random": {"SeedGenerator"},
    "keras.dtype_policies": {"DTypePolicy"},
}
# What Keras writes for values that are no objects of its own.
_PLAIN_PARTS = ("__keras_tensor__", "__tensor__", "__numpy__", "__tuple__", "__slice__", "__ellipsis__")
# Functions are written by name; these are Keras's own modules of functions.
_FUNCTIONS = ("activations", "losses", "metrics")
_NOT_FUNCTIONS = frozenset({"deserialize", "get", "serialize"})
# Those of quantization pack several weights into one.
_DTYPES = frozenset(
    """bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 bfloat16 float32 float64 mixed_float16
    mixed_bfloat16""".split()
)
# Settings of layers that say how large something is.
_SIZES = "units filters input_dim output_dim depth_multiplier n output_size num_tokens num_bins".split()
# What to use instead of a layer that is refused.
_INSTEAD = {
    "Lambda": "write its function with operators and keras.ops in a functional model",
    "StringLookup": "look words up before the model",
    "IntegerLookup": "look numbers up before the model",
    "TextVectorization": "turn texts into numbers before the model",
}


def check_config(config: Any) -> None:
    """Check that a model's configuration names nothing but known layers and functions of Keras itself.

    Raises CannotCross for anything else: Lambda layers, classes or functions of somebody's own, absurd sizes.
    """
    check_part(config)
    name = config.get("class_name") if isinstance(config, dict) else None
    if name not in ("Sequential", "Functional"):
        raise CannotCross(f"a Keras model of the class {_quoted(name)}; Sequential and functional models can")


def check_part(config: Any) -> None:
    """Check a part of a configuration, and all that is nested in it, in the same way."""
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


@functools.cache
def allowed_names(module: str) -> frozenset[str]:
    """The names of the classes in one of Keras's modules that a configuration may name."""
    import keras

    if module == "keras.layers":
        return _classes_in(keras.layers, keras.layers.Layer) - _NOT_LAYERS
    if module in _OPERATION_MODULES:
        found = _classes_in(sys.modules.get(module), keras.Operation)
        return frozenset(n for n in found if _defined_in(module, n)) - _NOT_OPERATIONS
    if module in _BASES:
        home: Any = keras
        for name in module.split(".")[1:]:
            home = getattr(home, name)
        return _classes_in(home, getattr(home, _BASES[module])) - {_BASES[module]}
    return frozenset(_OTHERS.get(module, ()))


def _classes_in(module: Any, base: type) -> frozenset[str]:
    names = vars(module) if module is not None else {}
    return frozenset(n for n, kind in names.items() if isinstance(kind, type) and issubclass(kind, base))


def _defined_in(module: str, name: str) -> bool:
    kind = vars(sys.modules[module])[name]
    return kind.__module__ == module and kind.__name__ == name


@functools.cache
def allowed_functions() -> frozenset[str]:
    """The names of Keras's functions that a configuration may name."""
    import keras

    found = [item for module in _FUNCTIONS for item in vars(getattr(keras, module)).items()]
    return frozenset(n for n, value in found if isinstance(value, types.FunctionType)) - _NOT_FUNCTIONS


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
    for key, value in part.items():
        if key.endswith("dtype") and isinstance(value, str):
            _check_dtype(value)
    if "class_name" in part or "registered_name" in part or "module" in part:
        return _check_named(part)
    return 0


def _check_dtype(name: Any) -> None:
    if name is not None and name not in _DTYPES:
        raise CannotCross(f"a Keras model with the dtype {_quoted(name)}")


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
    module, name, config = part.get("module"), part.get("class_name"), part.get("config")
    if name in _PLAIN_PARTS:
        return 0
    if name == "function":
        _check_function(module, config)
        return 0
    if name is None or module is None:
        # A plain dict of a configuration that happens to have such a key: nothing is looked up by it.
        if set(part) >= {"class_name", "config"}:
            raise CannotCross(f"a Keras model with an object of unknown origin, {_quoted(name)}")
        return 0
    _check_class(part, module, name)
    if name == "DTypePolicy" and isinstance(config, dict):
        _check_dtype(config.get("name"))
    _check_sizes(config)
    if module in _OPERATION_MODULES:
        _check_operation(part)
        return 1
    return int(module == "keras.layers")


def _check_function(module: Any, name: Any) -> None:
    known = isinstance(name, str) and name in allowed_functions()
    if not known or module not in ("builtins", *(f"keras.{each}" for each in _FUNCTIONS)):
        raise CannotCross(f"a Keras model with a function of its own, {_quoted(name)}")


def _check_class(part: dict[str, Any], module: Any, name: Any) -> None:
    if not isinstance(module, str) or not isinstance(name, str) or name not in allowed_names(module):
        build = "build a Sequential or functional model from Keras's layers and keras.ops"
        instead = _INSTEAD.get(name, build) if isinstance(name, str) else build
        raise CannotCross(
            f"a Keras model with {_quoted(module)}.{_quoted(name)}; only layers of Keras itself can"
            f"{_which(part)}: {instead}"
        )
    if part.get("registered_name") not in (None, name):
        registered = _quoted(part["registered_name"])
        raise CannotCross(f"a Keras model with a class of its own, {registered}{_which(part)}")


def _check_sizes(config: Any) -> None:
    for key in _SIZES if isinstance(config, dict) else ():
        for size in _parts(config.get(key)):
            if isinstance(size, int) and size > MAX_LAYER_SIZE:
                raise CannotCross(f"a Keras model with {key}={size:,} in a layer")


def _check_operation(part: dict[str, Any]) -> None:
    """Check that an operation is only ever told about tensors of the model, and of no absurd size."""
    nodes = part.get("inbound_nodes")
    for node in nodes if isinstance(nodes, list) and nodes else [None]:
        # Without one, Keras would not note the operation down but carry it out.
        if not any(isinstance(p, dict) and p.get("class_name") == "__keras_tensor__" for p in _parts(node)):
            raise CannotCross(f"a Keras model with an operation without input{_which(part)}")
    if part.get("class_name") == "Split":
        if any(isinstance(number, int) and number > MAX_PIECES for number in _parts(part.get("config"))):
            raise CannotCross(f"a Keras model that splits into more than {MAX_PIECES:,} pieces")
    for number in _parts([part.get("config"), nodes]):
        if isinstance(number, int) and abs(number) > MAX_IN_OPERATION:
            raise CannotCross(f"a Keras model with the number {number:,} in an operation{_which(part)}")


def _which(part: dict[str, Any]) -> str:
    """The layer's own name, as a message puts it."""
    config = part.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    return f" (the layer {_quoted(name)})" if isinstance(name, str) else ""


def _quoted(name: Any) -> str:
    return repr(name)[:80]
