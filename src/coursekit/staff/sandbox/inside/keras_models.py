"""Keras models as they cross the border: as their configuration, their weights, and the state of their optimizer.

A configuration that comes from a student is checked before Keras sees it: it may name nothing but layers and functions
of Keras itself. What nobody has imported cannot have made a value, so nothing here loads Keras before it is needed.
"""

import contextlib
import functools
import json
import sys
import types
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
# Sizes that an operation may be told, in absolute value.
MAX_IN_OPERATION = 1_000_000
MAX_PIECES = 1_000


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
    """The model's configuration, weights, state of its optimizer, number of updates, and what was left behind.

    What is the model's own and no part of its forward pass is left behind: losses, metrics, optimizers,
    initializers, regularizers and constraints that Keras does not have.
    """
    if not model.built:
        raise CannotCross("a Keras model without weights so far; give it a keras.Input")
    try:
        with _forward_pass_only(model):
            config = _as_json(model)
        left: list[str] = []
        if model.compiled:
            config["compile_config"], left = _compile_config(model)
    except CannotCross:
        raise
    except Exception as error:
        raise CannotCross(f"a Keras model that cannot be written down: {in_short(error)}") from None
    optimizer = model.optimizer if model.compiled and "optimizer" not in left else None
    state = (
        [np.asarray(v) for v in optimizer.variables] if optimizer is not None and optimizer.built else None
    )
    steps = int(optimizer.iterations.numpy()) if optimizer is not None else 0
    weights = [np.asarray(weight) for weight in model.weights]
    return [json.dumps(config), writer.write(weights), writer.write(state), steps, left]


def _as_json(value: Any) -> Any:
    import keras

    return json.loads(json.dumps(keras.saving.serialize_keras_object(value)))


@contextlib.contextmanager
def _forward_pass_only(model: Any) -> Iterator[None]:
    """While it lasts, the model has nothing of its own that only training needs, and activations by Keras's names."""
    changed = []
    for layer in {id(layer): layer for layer in model._flatten_layers()}.values():
        attributes = vars(layer)
        for name, value in list(attributes.items()):
            replaced = _in_place_of(name, value)
            if replaced is not value:
                changed.append((attributes, name, value))
                attributes[name] = replaced
    try:
        yield
    finally:
        for attributes, name, value in changed:
            attributes[name] = value


def _in_place_of(name: str, value: Any) -> Any:
    """What crosses in place of an attribute of a layer; the value itself, if it may."""
    import keras

    if name == "compiled":
        return False
    if name.endswith(("_initializer", "_regularizer", "_constraint")) and value is not None:
        return value if _crosses(value) else None
    if name.endswith("activation") and str(getattr(value, "__module__", "")).startswith("tensorflow."):
        called = getattr(value, "__name__", "")
        return getattr(keras.activations, called) if called in _SAME_IN_TENSORFLOW else value
    if name.endswith("activation") and _is_own_function(value) and hasattr(keras.activations, value.__name__):
        raise CannotCross(
            f"a Keras model with a function of its own that has Keras's name {value.__name__!r}"
        )
    return value


def _crosses(value: Any) -> bool:
    """Whether it can be written and names nothing but what is Keras's."""
    if _is_own_function(value):
        return False  # written by its name, it could arrive as another function
    try:
        _check_parts(_as_json(value))
    except Exception:
        return False
    return True


def _is_own_function(value: Any) -> bool:
    return isinstance(value, types.FunctionType) and not str(value.__module__).startswith("keras.")


def _compile_config(model: Any) -> tuple[dict[str, Any], list[str]]:
    """What the model was compiled with, as far as it crosses, and names for the rest that training needs."""
    left, config = [], {}
    for name, value in model._compile_config.config.items():
        if isinstance(value, list):
            value = [each for each in value if name == "loss" or _crosses(each)]
        if not all(map(_crosses, value if isinstance(value, list) else _values(value))):
            left += [name] if name in ("optimizer", "loss") else []
            continue
        config[name] = _as_json(value)
    return config, left


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else [value]


def read_model(content: Any, reader: "Reader", into: Any = None) -> Any:
    """The model that was written, or the model `into` with the state that was written."""
    import keras

    text, weights, state, steps, left = content
    weights, state = reader.read(weights), reader.read(state)
    if any(type(array) is not np.ndarray for array in [*weights, *(state or [])]):
        raise CannotCross("a Keras model whose weights are no arrays")
    model = into
    try:
        if model is None:
            config = json.loads(text)
            if not reader.trusted:
                check_config(config)
            model = _built(config, [name for name in ("optimizer", "loss") if name in left])
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


def _built(config: dict[str, Any], left: list[str]) -> Any:
    """The model of a configuration; it says so when it is asked for what was left behind."""
    import keras

    compiled = config.pop("compile_config", None)
    model = keras.saving.deserialize_keras_object(config, safe_mode=True)
    if not compiled:
        return model
    arguments = keras.saving.deserialize_keras_object(compiled, safe_mode=True)
    model.compile(**{**arguments, **dict.fromkeys(left)})
    if model.optimizer is not None:
        model.optimizer.build(model.trainable_variables)
    why = f"the model's {' and '.join(left)} cannot cross to a test; use what Keras has"

    def refuse(*args, **kwargs):
        raise TypeError(why)

    for name in left:
        for method in _NEED[name]:
            setattr(model, method, refuse)
    return model


def _restore_optimizer(model: Any, state: list | None, steps: int) -> None:
    if not model.compiled or model.optimizer is None or state is None:
        return
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


# Methods that cannot work without what a model was compiled with.
_NEED = {
    "optimizer": ("fit", "train_on_batch"),
    "loss": ("fit", "train_on_batch", "evaluate", "test_on_batch"),
}
# Functions of tf.nn that compute what Keras's activation of that name does.
_SAME_IN_TENSORFLOW = frozenset(
    "elu gelu leaky_relu log_softmax relu relu6 selu sigmoid silu softmax softplus softsign swish tanh".split()
)
# Layers of Keras that hold functions, programs or vocabularies, read files, or take memory on being built.
_NOT_LAYERS = frozenset(
    """FlaxLayer HashedCrossing Hashing IntegerLookup JaxLayer Lambda Layer MelSpectrogram Pipeline RNN
    STFTSpectrogram StackedRNNCells StringLookup TFSMLayer TextVectorization TorchModuleWrapper Wrapper""".split()
)
# Operations of Keras that call functions, make tensors out of nothing, or as many as an argument says.
_NOT_OPERATIONS = frozenset(
    """Arange Array ArraySplit AssociativeScan Cond ConvertToTensor Dsplit ElasticTransform EmptyLike ForiLoop Full
    Geomspace Histogram Hsplit JVP Linspace Logspace Map Scan Switch Unstack Vander VectorizedMap Vsplit
    WhileLoop""".split()
)
_OPERATION_MODULES = tuple(
    f"keras.src.ops.{name}" for name in ("core", "image", "linalg", "math", "nn", "numpy")
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


_OPERATION_MODULES += ("keras.src.activations.activations",)


@functools.cache
def _layers() -> frozenset[str]:
    """Names of Keras's layers that only compute."""
    import keras

    kinds = {name: kind for name, kind in vars(keras.layers).items() if isinstance(kind, type)}
    return frozenset(n for n, kind in kinds.items() if issubclass(kind, keras.layers.Layer)) - _NOT_LAYERS


@functools.cache
def _operations(module: str) -> frozenset[str]:
    """Names of the operations in one of Keras's modules that a functional model may consist of."""
    import keras

    found = vars(sys.modules.get(module, keras.ops)).values()
    kinds = [kind for kind in found if isinstance(kind, type) and issubclass(kind, keras.Operation)]
    return frozenset(kind.__name__ for kind in kinds if kind.__module__ == module) - _NOT_OPERATIONS


def _allowed(module: Any, name: Any) -> bool:
    """Whether a configuration may name this class."""
    if not isinstance(name, str) or not name.isidentifier() or not isinstance(module, str):
        return False
    if module == "keras.layers":
        return name in _layers()
    if module in _OPERATION_MODULES:
        return name in _operations(module)
    names = _MODULES.get(module, frozenset())
    return names is None or name in names


_MODULES: dict[str, set[str] | None] = {
    "keras": {"Sequential", "Functional", "Model", "KerasTensor", "DTypePolicy", "SeedGenerator"},
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
# What Keras writes for values that are no objects of its own.
_PLAIN_PARTS = ("__keras_tensor__", "__tensor__", "__numpy__", "__tuple__", "__slice__", "__ellipsis__")
# Functions are written by name; these are Keras's own modules of functions, and what it writes for any of them.
_FUNCTIONS = ("activations", "losses", "metrics", "initializers", "regularizers", "constraints")
_FUNCTION_MODULES = {"keras.activations", "keras.losses", "keras.metrics", "keras.initializers", "builtins"}


def check_config(config: Any) -> None:
    """Check that a Keras configuration names nothing but known layers and functions of Keras itself.

    Raises CannotCross for anything else: Lambda layers, classes or functions of somebody's own, absurd sizes.
    """
    _check_parts(config)
    name = config.get("class_name") if isinstance(config, dict) else None
    if name not in ("Sequential", "Functional"):
        raise CannotCross(f"a Keras model of the class {_quoted(name)}; Sequential and functional models can")


def _check_parts(config: Any) -> None:
    """Check all that is nested in a configuration, or in a part of one."""
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
    if name in _PLAIN_PARTS:
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
    if not _allowed(module, name):
        raise CannotCross(f"a Keras model with {_quoted(module)}.{_quoted(name)}; {_hint(part, name)}")
    if registered not in (None, name):
        raise CannotCross(f"a Keras model with a class of its own, {_quoted(registered)}{_which(part)}")
    for key in _SIZES:
        sizes = config.get(key) if isinstance(config, dict) else None
        for size in sizes if isinstance(sizes, list) else [sizes]:
            if isinstance(size, int) and size > MAX_LAYER_SIZE:
                raise CannotCross(f"a Keras model with {key}={size:,} in a layer")
    if module in _OPERATION_MODULES:
        _check_operation(part)
        return 1
    return int(module == "keras.layers")


def _check_operation(part: dict[str, Any]) -> None:
    """Check that an operation is only ever told about tensors of the model, and in no absurd size."""
    for node in part.get("inbound_nodes") or [None]:
        # Without one, Keras would not note the operation down but carry it out.
        if not any(isinstance(p, dict) and p.get("class_name") == "__keras_tensor__" for p in _parts(node)):
            raise CannotCross(f"a Keras model with an operation without input{_which(part)}")
    if part.get("class_name") == "Split":
        if any(isinstance(number, int) and number > MAX_PIECES for number in _parts(part.get("config"))):
            raise CannotCross(f"a Keras model that splits into more than {MAX_PIECES:,} pieces")
    for number in _parts([part.get("config"), part.get("inbound_nodes")]):
        if isinstance(number, int) and abs(number) > MAX_IN_OPERATION:
            raise CannotCross(f"a Keras model with the number {number:,} in an operation{_which(part)}")


def _which(part: dict[str, Any]) -> str:
    """The layer's own name, as a message puts it."""
    config = part.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    return f" (the layer {_quoted(name)})" if isinstance(name, str) else ""


def _hint(part: dict[str, Any], name: Any) -> str:
    instead = _INSTEAD.get(name) if isinstance(name, str) else None
    build = "build a Sequential or functional model from Keras's layers and keras.ops"
    return f"only layers of Keras itself can{_which(part)}: {instead or build}"


def _is_of_keras(name: Any) -> bool:
    import keras

    return isinstance(name, str) and any(name in vars(getattr(keras, module)) for module in _FUNCTIONS)


def _quoted(name: Any) -> str:
    return repr(name)[:80]
