"""Keras models as they cross the border: as their configuration, their weights, and the state of their optimizer.

A configuration that comes from a student is checked before Keras sees it (`keras_configs`). What nobody has imported
cannot have made a value, so nothing here loads Keras before it is needed.
"""

import contextlib
import json
import math
import sys
import types
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from coursekit.staff.sandbox.inside.keras_configs import check_config, check_part
from coursekit.staff.sandbox.inside.messages import CannotCross, in_short

if TYPE_CHECKING:
    from coursekit.staff.sandbox.inside.wire import Reader, Writer

# Numbers that a model is asked with, and answers with, to see whether it is the same on both sides.
MAX_ASKED = 4_000_000
# What an axis of open length gets then: enough for a few convolutions.
OPEN_AXIS = 32
# Functions of tf.nn that compute what Keras's activation of that name does.
_SAME_IN_TENSORFLOW = frozenset(
    "elu gelu leaky_relu log_softmax relu relu6 selu sigmoid silu softmax softplus softsign swish tanh".split()
)
_TRAINING, _TESTING = ("fit", "train_on_batch"), ("evaluate", "test_on_batch")
# What a model may leave behind, and which of its methods cannot work without it.
_NEED = {
    "optimizer": _TRAINING,
    "loss": _TRAINING + _TESTING,
    "regularizer": _TRAINING + _TESTING,
    "constraint": _TRAINING,
}


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


# --- writing ---


def write_model(model: Any, writer: "Writer") -> list[Any]:
    """The model's configuration, its state, names for what was left behind, and its answers to `_questions`.

    What is the model's own and no part of its forward pass is left behind: losses, metrics, optimizers,
    initializers, regularizers and constraints that Keras does not have.
    """
    if not isinstance(model, _classes()):
        name = type(model).__name__
        raise CannotCross(f"a Keras model of the class {name!r}; Sequential and functional models can")
    if not model.built:
        raise CannotCross("a Keras model without weights so far; give it a keras.Input")
    try:
        with _forward_pass_only(model) as left:
            config = _as_json(model)
        if model.compiled:
            compiled = _compile_config(model)
            config["compile_config"] = compiled.config
            left |= compiled.left
    except CannotCross:
        raise
    except Exception as error:
        raise CannotCross(f"a Keras model that cannot be written down: {in_short(error)}") from None
    return [json.dumps(config), *write_state(model, writer), sorted(left), writer.write(_answers(model))]


def write_state(model: Any, writer: "Writer") -> list[Any]:
    """The model's weights, the state of its optimizer, and the number of its updates."""
    optimizer = _optimizer_that_crosses(model)
    state = None if optimizer is None or not optimizer.built else [np.asarray(v) for v in optimizer.variables]
    steps = 0 if optimizer is None else int(optimizer.iterations.numpy())
    return [writer.write([np.asarray(weight) for weight in model.weights]), writer.write(state), steps]


def _classes() -> Any:
    """The classes of models that can cross; that of functional ones has no public name."""
    import keras
    from keras.src.models.functional import Functional

    return keras.Sequential, Functional


def _as_json(value: Any) -> Any:
    import keras

    return json.loads(json.dumps(keras.saving.serialize_keras_object(value)))


@contextlib.contextmanager
def _forward_pass_only(model: Any) -> Iterator[set[str]]:
    """While it lasts, the model has nothing of its own that only training needs; yields names for what that was."""
    layers = {id(layer): vars(layer) for layer in model._flatten_layers()}.values()
    changes = [
        (attributes, name, value, replaced)
        for attributes in layers
        for name, value in attributes.items()
        if (replaced := _in_place_of(name, value)) is not value
    ]
    try:
        for attributes, name, _, replaced in changes:
            attributes[name] = replaced
        yield {name.rpartition("_")[2] for _, name, _, _ in changes} & set(_NEED)
    finally:
        for attributes, name, value, _ in changes:
            attributes[name] = value


def _in_place_of(name: str, value: Any) -> Any:
    """What crosses in place of an attribute of a layer; the value itself, if it may."""
    if name == "compiled":
        return False
    if name.endswith("activation"):
        return _activation_in_place_of(value)
    if name.endswith(("_initializer", "_regularizer", "_constraint")) and value is not None:
        return value if _crosses(value) else None
    return value


def _activation_in_place_of(value: Any) -> Any:
    import keras

    name = getattr(value, "__name__", "")
    if str(getattr(value, "__module__", "")).startswith("tensorflow."):
        return getattr(keras.activations, name) if name in _SAME_IN_TENSORFLOW else value
    if _is_own_function(value) and hasattr(keras.activations, name):
        raise CannotCross(f"a Keras model with a function of its own that has Keras's name {name!r}")
    return value


def _crosses(value: Any) -> bool:
    """Whether it can be written and names nothing but what is Keras's."""
    if value is None or isinstance(value, bool | int | float | str):
        return True
    if _is_own_function(value):
        return False  # written by its name, it could arrive as another function
    try:
        check_part(_as_json(value))
    except Exception:
        return False
    return True


def _is_own_function(value: Any) -> bool:
    return isinstance(value, types.FunctionType) and not str(value.__module__).startswith("keras.")


class _Compiled(NamedTuple):
    """What a model was compiled with, as far as it crosses, and names for the rest that training needs."""

    config: dict[str, Any]
    left: set[str]


def _compile_config(model: Any) -> _Compiled:
    config, left = {}, set()
    for name, value in model._compile_config.config.items():
        if name.endswith("metrics") and isinstance(value, list):
            value = [each for each in value if _crosses(each)]
        if all(map(_crosses, _entries(value))):
            config[name] = _as_json(value)
        else:
            left |= {name} & set(_NEED)
    return _Compiled(config, left)


def _entries(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else [value]


def _optimizer_that_crosses(model: Any) -> Any:
    import keras

    optimizer = model.optimizer if model.compiled else None
    return optimizer if isinstance(optimizer, keras.optimizers.Optimizer) and _crosses(optimizer) else None


# --- reading ---


def read_model(content: Any, reader: "Reader", into: Any = None) -> Any:
    """The model that was written, or the model `into` with the state that was written."""
    text, weights, state, steps, left, answers = content
    weights, state, answers = reader.read(weights), reader.read(state), reader.read(answers)
    if any(type(array) is not np.ndarray for array in [*weights, *(state or []), *(answers or [])]):
        raise CannotCross("a Keras model whose weights are no arrays")
    try:
        model = into
        if model is None:
            config = json.loads(text)
            if not reader.trusted:
                check_config(config)
            model = _built(config, [name for name in _NEED if name in left])
        _restore(model, weights)
        _restore_optimizer(model, state, steps)
        _compare(_answers(model), answers)
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
    if not isinstance(model, keras.Model):
        raise ValueError("it is no model")
    if compiled:
        arguments = keras.saving.deserialize_keras_object(compiled, safe_mode=True)
        model.compile(**{**arguments, **dict.fromkeys({"optimizer", "loss"} & set(left))})
        if model.optimizer is not None:
            model.optimizer.build(model.trainable_variables)
    if left:
        _refuse(model, left)
    return model


class _LeftBehind:
    """Stands where something would be that did not cross, and says so to whoever asks for it or calls it."""

    built = True  # Keras need not build it to evaluate a model

    def __init__(self, why: str) -> None:
        self._why = why

    def __getattr__(self, name: str) -> Any:
        raise TypeError(self._why)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(self._why)


def _refuse(model: Any, left: list[str]) -> None:
    """Let a model refuse what cannot be done right without what was left behind."""
    why = f"the model's {' and '.join(left)} cannot cross to a test; use what Keras has"
    if "optimizer" in left:
        model.optimizer = _LeftBehind(why)
    if "regularizer" in left and model.trainable_weights:
        model.trainable_weights[0].regularizer = _LeftBehind(why)
    before = model._compile_config if model.compiled else None

    def refusing(method: str, needed: bool) -> Any:
        def refuse(*args: Any, **kwargs: Any) -> Any:
            if needed or model._compile_config is before:
                raise TypeError(why)
            return getattr(type(model), method)(model, *args, **kwargs)  # compiled anew, by the test

        return refuse

    for method in _TRAINING + _TESTING:
        missed = {name for name in left if method in _NEED[name]}
        if missed:
            setattr(model, method, refusing(method, needed=not missed <= {"optimizer", "loss"}))


def _restore(model: Any, weights: list[np.ndarray]) -> None:
    import keras

    if [tuple(w.shape) for w in model.weights] != [w.shape for w in weights]:
        raise ValueError("its weights do not fit its layers")
    for variable, value in zip(model.weights, weights, strict=True):
        variable.assign(value)
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # as its own loading does: what it computes with is made of its weights


def _restore_optimizer(model: Any, state: list | None, steps: int) -> None:
    if not model.compiled or model.optimizer is None or state is None:
        return
    model.optimizer.build(model.trainable_variables)
    model.optimizer.set_weights(state)
    model.optimizer.iterations.assign(int(steps))


# --- the same on both sides ---


def _answers(model: Any) -> list[np.ndarray] | None:
    """What the model answers to two inputs by chance, one in small numbers and one in large ones.

    None for a model that takes no such inputs, or of absurd size. The model is the same afterwards.
    """
    import keras

    inner = [
        getattr(layer, "states", None) for layer in model._flatten_layers()
    ]  # of stateful recurrent layers
    variables = [*model.non_trainable_variables, *(v for v in keras.tree.flatten(inner) if v is not None)]
    state = [(variable, np.asarray(variable)) for variable in variables]
    try:
        inputs = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
        asked = keras.tree.map_structure(_question, inputs)
        found = keras.tree.flatten(model(asked, training=False))
        if sum(math.prod(output.shape) for output in found) > MAX_ASKED:
            return None
        return [np.asarray(keras.ops.cast(output, "float32")) for output in found]
    except Exception:
        return None
    finally:
        for variable, value in state:
            if not np.array_equal(np.asarray(variable), value):
                variable.assign(value)


def _question(tensor: Any) -> np.ndarray:
    """Numbers for an input of a model, the same on both sides."""
    open_axes = (2, *(OPEN_AXIS for _ in tensor.shape[1:]))
    shape = [instead if n is None else n for n, instead in zip(tensor.shape, open_axes, strict=True)]
    if math.prod(shape) > MAX_ASKED:
        raise ValueError("it takes too many numbers")
    rng = np.random.default_rng(0)
    if not str(tensor.dtype).startswith(("float", "bfloat")):
        return rng.integers(0, 2, shape).astype(str(tensor.dtype))
    small = rng.random(shape, dtype=np.float32)
    small[1:] *= 255
    return small


def _compare(found: list[np.ndarray] | None, written: list[np.ndarray] | None) -> None:
    """Refuse a model that answers otherwise on this side than on the one that it came from."""
    here, there = found or [], written or []
    same = [one.shape for one in here] == [other.shape for other in there] and all(
        np.allclose(one, other, rtol=0, atol=1e-3 * _scale(other), equal_nan=True)
        for one, other in zip(here, there, strict=True)
    )
    if not same:
        raise CannotCross(
            "a Keras model that answers otherwise once it is built again from its configuration and weights: "
            "something that it computes with is in neither"
        )


def _scale(numbers: np.ndarray) -> float:
    finite = np.abs(numbers[np.isfinite(numbers)])
    return float(max(1.0, finite.max(initial=0)))


# --- histories and tensors ---


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
