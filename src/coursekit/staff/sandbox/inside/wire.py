"""What may cross between a student's process and the examiner's, and how it is written down.

A message is JSON with the bytes of its arrays behind it; nothing in it names code to run. Both sides use this
module, so neither needs anything of the course. What comes from the student is checked as if the student had
written every byte of it, which a hostile one can.
"""

import collections
import json
import math
import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

# Far more than any exercise needs, and little enough for every machine.
MAX_BYTES = 256_000_000
MAX_VALUES = 2_000_000
MAX_BUFFERS = 200_000
MAX_DEPTH = 64
MAX_INTEGER_BITS = 100_000
MAX_LAYERS = 500
MAX_LAYER_SIZE = 1_000_000
# Numbers in a model's configuration; some layers keep constants there, where no count of parameters finds them.
MAX_CONSTANTS = 20_000

_DTYPE = re.compile(r"[<>|=]?[biufc][0-9]{1,2}|[<>|=]?[SU][0-9]{1,6}|[<>|=]?[mM]8(\[[a-zA-Z0-9]{1,4}\])?")
_SEQUENCES = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset, "deque": collections.deque}
# What is written for values that can be changed, so that it matters whether two of them are one.
_SHARED = frozenset(("list", "set", "deque", "dict", "Counter", "OrderedDict", "array", "bytearray"))
_VIEWS = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}
_MAPPINGS = {"dict": dict, "Counter": collections.Counter, "OrderedDict": collections.OrderedDict}
_PLAIN = (
    "None, truth values, numbers, texts, bytes, lists, tuples, dicts, sets, numpy arrays, tables of pandas, "
    "functions, Keras models and their histories"
)


class CannotCross(Exception):
    """A value that may not cross the border; the message says which, and what may."""


def pack(header: Any, buffers: list[bytes]) -> bytes:
    """One message: the length of the JSON text, the text, the buffers."""
    text = json.dumps({"header": header, "sizes": [len(b) for b in buffers]}).encode()
    message = b"".join([len(text).to_bytes(8, "big"), text, *buffers])
    if len(message) > MAX_BYTES:
        raise CannotCross(
            f"{len(message) / 1e6:,.0f} MB at once; at most {MAX_BYTES / 1e6:,.0f} MB may cross"
        )
    return message


def unpack(message: bytes) -> tuple[Any, list[memoryview]]:
    """The header and the buffers of a message. Raises CannotCross for one that is not well formed."""
    view = memoryview(message)
    try:
        length = int.from_bytes(view[:8], "big")
        content = json.loads(bytes(view[8 : 8 + length]))
        header, sizes = content["header"], content["sizes"]
        if not isinstance(sizes, list) or len(sizes) > MAX_BUFFERS:
            raise ValueError("sizes")
        if any(type(size) is not int or size < 0 for size in sizes):
            raise ValueError("sizes")
        at, buffers = 8 + length, []
        for size in sizes:
            buffers.append(view[at : at + size])
            at += size
        if at != len(message):
            raise ValueError("length")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CannotCross(f"a damaged message ({type(error).__name__})") from None
    return header, buffers


class Writer:
    """Turns values into a header and buffers.

    `reference` may answer for an object that the other side knows already, or that stays on this side and is
    only pointed at (a function): something that the other side's `resolve` understands, or None.
    """

    def __init__(self, reference: Callable[[Any, "Writer"], Any] = lambda value, writer: None) -> None:
        self.buffers: list[bytes] = []
        self._reference = reference
        self._values = 0
        # By its id, each value that can be changed, and what was written for it: it may come again.
        self._seen: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._shared = 0

    def write(self, value: Any, depth: int = 0) -> Any:
        """`value` as JSON; its arrays are added to `buffers`. Raises CannotCross."""
        self._values += 1
        if self._values > MAX_VALUES:
            raise CannotCross(f"more than {MAX_VALUES:,} values at once; use a numpy array")
        if depth > MAX_DEPTH:
            raise CannotCross(f"values nested more than {MAX_DEPTH} deep, or one that contains itself")
        if value is None or value is True or value is False:
            return value
        kind = type(value)
        if kind is int and abs(value) < 2**53:
            return value
        if kind is float and math.isfinite(value):
            return value
        if kind is str:
            return value
        return self._tagged(value, kind, depth + 1)

    def forget(self, buffers: int | None = None) -> None:
        """Do not refer to what was written so far, of which only so many buffers are going to be sent."""
        self._seen.clear()
        if buffers is not None:
            del self.buffers[buffers:]

    def _tagged(self, value: Any, kind: type, depth: int) -> dict[str, Any]:
        # Rows that are one and the same list arrive as one list: tests for that mistake shall find it.
        if id(value) in self._seen:
            _, first = self._seen[id(value)]
            if "first" not in first:
                written = dict(first)
                first.clear()
                first["first"] = [self._shared, written]
                self._shared += 1
            return {"again": first["first"][0]}
        written = self._new(value, kind, depth)
        if not _SHARED.isdisjoint(written):
            self._seen[id(value)] = (value, written)
        return written

    def _new(self, value: Any, kind: type, depth: int) -> dict[str, Any]:
        if (known := self._reference(value, self)) is not None:
            return {"known": known}
        for name, base in _SEQUENCES.items():
            if issubclass(kind, base):
                # Only what the base type holds crosses: a subclass with rules of its own leaves them behind.
                return {name: [self.write(item, depth) for item in base.__iter__(value)]}
        for name, base in (
            ("Counter", collections.Counter),
            ("OrderedDict", collections.OrderedDict),
            ("dict", dict),
        ):
            if issubclass(kind, base):
                return {name: [[self.write(k, depth), self.write(v, depth)] for k, v in dict.items(value)]}
        if kind in _VIEWS:
            return {_VIEWS[kind]: [self.write(item, depth) for item in value]}
        if issubclass(kind, np.generic) and kind.__module__ == "numpy":
            return {"scalar": self._array(np.asarray(value))}
        if kind is np.ndarray:
            return {"array": self._array(value)}
        if issubclass(kind, int):
            number = int.__index__(value)
            if number.bit_length() > MAX_INTEGER_BITS:
                raise CannotCross(f"an integer of {number.bit_length():,} bits")
            return {"int": hex(number)}
        if issubclass(kind, float):
            return {"float": float.__repr__(value)}
        if kind is complex:
            return {"complex": [value.real.hex(), value.imag.hex()]}
        if issubclass(kind, str):
            return {"str": str.__str__(value)}
        if kind in (bytes, bytearray):
            return {kind.__name__: self._buffer(bytes(value))}
        if kind is range:
            return {"range": [self.write(part, depth) for part in (value.start, value.stop, value.step)]}
        if kind is slice:
            return {"slice": [self.write(part, depth) for part in (value.start, value.stop, value.step)]}
        if value is Ellipsis:
            return {"ellipsis": None}
        if isinstance(value, np.dtype) and not value.hasobject and not value.names:
            return {"dtype": value.str}
        if kind is np.random.Generator:
            return {"generator": self.write(value.bit_generator.state, depth)}
        if written := self._from_library(value, kind, depth):
            return written
        name = getattr(kind, "__qualname__", "?")
        raise CannotCross(f"an object of type {name}, which cannot be checked; what can: {_PLAIN}")

    def _from_library(self, value: Any, kind: type, depth: int) -> dict[str, Any] | None:
        """Objects of libraries; one that was never imported here cannot have made `value`."""
        if pandas := sys.modules.get("pandas"):
            if kind is pandas.Series:
                return {
                    "series": [
                        self.write(value.name, depth),
                        self._column(value, depth),
                        self._index(value, depth),
                    ]
                }
            if kind is pandas.DataFrame:
                columns = [[self.write(n, depth), self._column(c, depth)] for n, c in value.items()]
                names = self.write(list(value.columns.names), depth)
                return {"frame": [columns, names, self._index(value, depth)]}
            if isinstance(value, pandas.Index):
                return {"index": self._column(value, depth)}
        if "keras" in sys.modules:
            import keras

            if isinstance(value, keras.Model):
                return {"model": self.model(value, depth)}
            if isinstance(value, keras.callbacks.History):
                history = {str(k): [float(v) for v in vs] for k, vs in value.history.items()}
                return {"history": [self.write(history, depth), self.write(list(value.epoch), depth)]}
            if keras.ops.is_tensor(value) or isinstance(value, keras.Variable):
                return {"tensor": self._array(keras.ops.convert_to_numpy(value))}
        return None

    def _column(self, column: Any, depth: int) -> Any:
        values = column.to_numpy()
        return self.write(values.tolist() if values.dtype.hasobject else values, depth)

    def _index(self, table: Any, depth: int) -> Any:
        return [self.write(list(table.index.names), depth), self._column(table.index, depth)]

    def _array(self, array: np.ndarray) -> list[Any]:
        if array.dtype.hasobject or array.dtype.names or not _DTYPE.fullmatch(array.dtype.str):
            hint = "; do all rows have the same length?" if array.dtype.hasobject else ""
            raise CannotCross(f"a numpy array of dtype {array.dtype}{hint}")
        if array.nbytes > MAX_BYTES:
            raise CannotCross(f"a numpy array of {array.nbytes / 1e6:,.0f} MB")
        return [array.dtype.str, list(array.shape), self._buffer(np.ascontiguousarray(array).tobytes())]

    def _buffer(self, content: bytes) -> int:
        if len(self.buffers) >= MAX_BUFFERS:
            raise CannotCross(f"more than {MAX_BUFFERS:,} arrays at once; use one numpy array")
        self.buffers.append(content)
        return len(self.buffers) - 1

    def model(self, model: Any, depth: int = 0) -> Any:
        """A Keras model as configuration, weights, and the state of its optimizer."""
        import keras

        if not model.built:
            raise CannotCross("a Keras model without weights so far; give it a keras.Input")
        try:
            config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
        except Exception as error:
            raise CannotCross(f"a Keras model that cannot be written down: {_short(error)}") from None
        optimizer = model.optimizer if model.compiled else None
        state = (
            [np.asarray(v) for v in optimizer.variables]
            if optimizer is not None and optimizer.built
            else None
        )
        steps = int(optimizer.iterations.numpy()) if optimizer is not None else 0
        weights = [np.asarray(weight) for weight in model.weights]
        return [json.dumps(config), self.write(weights, depth), self.write(state, depth), steps]


class Reader:
    """Turns what a Writer wrote back into values.

    `resolve` is given what the other side's `reference` wrote. Raises CannotCross for everything that is not
    exactly of the form that a Writer writes. `trusted` is for what does not come from a student.
    """

    def __init__(
        self,
        buffers: list[memoryview],
        resolve: Callable[[Any, "Reader"], Any] | None = None,
        *,
        trusted: bool = False,
    ) -> None:
        self._buffers = buffers
        self._resolve = resolve
        self._trusted = trusted
        self._values = 0
        self._shared: dict[int, Any] = {}

    def read(self, written: Any, depth: int = 0) -> Any:
        """The value that was written."""
        try:
            return self._read(written, depth)
        except CannotCross:
            raise
        except (
            TypeError,
            ValueError,
            KeyError,
            IndexError,
            OverflowError,
            AttributeError,
            RecursionError,
            MemoryError,
        ) as error:
            raise CannotCross(f"a damaged value ({_short(error)})") from None

    def _read(self, written: Any, depth: int) -> Any:
        self._values += 1
        if self._values > 2 * MAX_VALUES or depth > 2 * MAX_DEPTH:
            raise CannotCross("more values, or deeper ones, than may cross")
        if written is None or isinstance(written, bool | int | float | str):
            return written
        [(tag, content)] = written.items()
        if tag == "first":
            number, first = content
            value = self._shared[number] = self._read(first, depth)
            return value
        if tag == "again":
            return self._shared[content]
        if tag == "known" and self._resolve:
            return self._resolve(content, self)
        if tag in _SEQUENCES:
            return _SEQUENCES[tag](self._read(item, depth + 1) for item in _a_list(content))
        if tag in _MAPPINGS:
            return _MAPPINGS[tag]({self._read(k, depth + 1): self._read(v, depth + 1) for k, v in content})
        if tag in _VIEWS.values():
            items = [self._read(item, depth + 1) for item in _a_list(content)]
            if tag == "keys":
                return dict.fromkeys(items).keys()
            return dict(enumerate(items)).values() if tag == "values" else dict(items).items()
        if tag in ("array", "scalar", "tensor"):
            array = self._array(*content)
            if tag == "scalar":
                return array[()]
            return _tensor(array) if tag == "tensor" else array
        if tag == "int":
            if len(content) > MAX_INTEGER_BITS // 4 + 4:
                raise CannotCross("an integer that is too large")
            return int(content, 16)
        if tag == "float":
            return float(content)
        if tag == "complex":
            return complex(float.fromhex(content[0]), float.fromhex(content[1]))
        if tag == "str":
            return str(content)
        if tag in ("bytes", "bytearray"):
            return {"bytes": bytes, "bytearray": bytearray}[tag](self._buffer(content))
        if tag == "range":
            return range(*(self._read(part, depth + 1) for part in content))
        if tag == "slice":
            return slice(*(self._read(part, depth + 1) for part in content))
        if tag == "ellipsis":
            return Ellipsis
        if tag == "dtype":
            if not _DTYPE.fullmatch(content):
                raise CannotCross("an unknown dtype")
            return np.dtype(content)
        if tag == "generator":
            return self._generator(self._read(content, depth + 1))
        if tag in ("series", "frame", "index"):
            return self._table(tag, content, depth + 1)
        if tag == "model":
            return self.model(content, depth=depth + 1)
        if tag == "history":
            return self._history(content, depth + 1)
        raise CannotCross(f"a value of unknown kind {str(tag)[:40]!r}")

    def _buffer(self, number: int) -> memoryview:
        if type(number) is not int or not 0 <= number < len(self._buffers):
            raise CannotCross("a value without its bytes")
        return self._buffers[number]

    def _array(self, dtype: str, shape: list[int], number: int) -> np.ndarray:
        if not _DTYPE.fullmatch(dtype) or any(type(n) is not int or n < 0 for n in shape) or len(shape) > 32:
            raise CannotCross("an array of unknown form")
        kind, content = np.dtype(dtype), self._buffer(number)
        if kind.hasobject or not kind.itemsize or math.prod(shape) * kind.itemsize != len(content):
            raise CannotCross("an array whose shape does not fit its bytes")
        if not len(content):
            return np.empty(shape, kind)
        return np.frombuffer(bytearray(content), kind).reshape(shape)

    def _generator(self, state: dict[str, Any]) -> np.random.Generator:
        if state["bit_generator"] not in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"):
            raise CannotCross("an unknown random generator")
        # Where in its memory it reads next; numpy believes whatever it is told.
        for at, end in ((state["state"].get("pos", 0), 624), (state.get("buffer_pos", 0), 4)):
            if type(at) is not int or not 0 <= at <= end:
                raise CannotCross("a random generator in no possible state")
        bits = getattr(np.random, state["bit_generator"])()
        bits.state = state
        return np.random.Generator(bits)

    def _table(self, tag: str, content: list, depth: int) -> Any:
        import pandas

        if tag == "index":
            return pandas.Index(self._read(content, depth))
        *rest, (index_names, index) = content
        index = pandas.Index(self._read(index, depth))
        index.names = self._read(index_names, depth)
        if tag == "series":
            return pandas.Series(self._read(rest[1], depth), index=index, name=self._read(rest[0], depth))
        names = [self._read(name, depth) for name, _ in rest[0]]
        columns = [pandas.Series(self._read(column, depth), index=index) for _, column in rest[0]]
        table = pandas.concat(columns, axis=1, keys=names) if columns else pandas.DataFrame(index=index)
        table.columns.names = self._read(rest[1], depth)
        return table

    def _history(self, content: list, depth: int) -> Any:
        import keras

        history = keras.callbacks.History()
        history.history, history.epoch = self._read(content[0], depth), self._read(content[1], depth)
        return history

    def model(self, content: list, into: Any = None, depth: int = 0) -> Any:
        """The Keras model that was written, or the model `into` with the state that was written."""
        import keras

        text, weights, state, steps = content
        weights, state = self._read(weights, depth), self._read(state, depth)
        if any(type(array) is not np.ndarray for array in [*weights, *(state or [])]):
            raise CannotCross("a Keras model whose weights are no arrays")
        model = into
        try:
            if model is None:
                config = json.loads(text)
                if not self._trusted:
                    check_model(config)
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
            self._restore_optimizer(model, state, steps)
        except CannotCross:
            raise
        except Exception as error:
            raise CannotCross(f"a Keras model that cannot be built again: {_short(error)}") from None
        return model

    def _restore_optimizer(self, model: Any, state: list | None, steps: int) -> None:
        if not model.compiled or model.optimizer is None:
            return
        if state is not None:
            model.optimizer.build(model.trainable_variables)
            model.optimizer.set_weights(state)
        model.optimizer.iterations.assign(int(steps))


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


def check_model(config: Any) -> None:
    """Check that a Keras configuration names nothing but known layers and functions of Keras itself.

    Raises CannotCross for anything else: Lambda layers, classes or functions of somebody's own, absurd sizes.
    """
    layers = numbers = 0
    pending = [(config, 0)]
    while pending:
        part, depth = pending.pop()
        if depth > 100:
            raise CannotCross("a Keras model whose configuration is nested too deep")
        if isinstance(part, dict):
            if part.get("class_name") == "__lambda__" or set(part) == {"value"}:
                raise CannotCross("a Keras model with a lambda; functions of Keras itself can")
            if part.get("class_name") in ("__numpy__", "__tensor__") and _holds_text(part.get("config")):
                raise CannotCross("a Keras model with an array of texts")
            if "class_name" in part or "registered_name" in part or "module" in part:
                layers += _check_named(part)
                if layers > MAX_LAYERS:
                    raise CannotCross(f"a Keras model of more than {MAX_LAYERS} layers")
            pending += [(value, depth + 1) for value in part.values()]
        elif isinstance(part, list):
            pending += [(value, depth + 1) for value in part]
        elif isinstance(part, int | float):
            if isinstance(part, int) and abs(part) > 2**63:
                raise CannotCross("a Keras model with a number that is too large")
            numbers += 1
            if numbers > MAX_CONSTANTS:
                raise CannotCross(
                    f"a Keras model with more than {MAX_CONSTANTS:,} numbers beside its weights"
                )
        elif part is not None and not isinstance(part, str):
            raise CannotCross("a Keras model with a damaged configuration")
    if not isinstance(config, dict) or config.get("class_name") not in ("Sequential", "Functional"):
        name = config.get("class_name") if isinstance(config, dict) else None
        raise CannotCross(f"a Keras model of the class {_safe(name)}; Sequential and functional models can")


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
            raise CannotCross(f"a Keras model with a function of its own, {_safe(config)}")
        return 0
    if name is None or module is None:
        # A plain dict of a configuration that happens to have such a key: nothing is looked up by it.
        if set(part) >= {"class_name", "config"}:
            raise CannotCross(f"a Keras model with an object of unknown origin, {_safe(name)}")
        return 0
    allowed = _MODULES.get(module, ())
    if (allowed is not None and name not in allowed) or not isinstance(name, str) or not name.isidentifier():
        raise CannotCross(
            f"a Keras model with {_safe(module)}.{_safe(name)}; only layers of Keras itself can"
        )
    if registered not in (None, name):
        raise CannotCross(f"a Keras model with a class of its own, {_safe(registered)}")
    for key in ("units", "filters", "input_dim", "output_dim", "depth_multiplier", "n"):
        size = config.get(key) if isinstance(config, dict) else None
        if isinstance(size, int) and size > MAX_LAYER_SIZE:
            raise CannotCross(f"a Keras model with {key}={size:,} in a layer")
    return int(module == "keras.layers")


def _is_of_keras(name: Any) -> bool:
    import keras

    return isinstance(name, str) and any(name in vars(getattr(keras, module)) for module in _FUNCTIONS)


def _a_list(content: Any) -> list:
    if not isinstance(content, list):
        raise CannotCross("a damaged list")
    return content


def _tensor(array: np.ndarray) -> Any:
    import keras

    return keras.ops.convert_to_tensor(array)


def _short(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "without a readable message"
    return f"{type(error).__name__}: {text[:300]}"


def _safe(name: Any) -> str:
    return repr(name)[:80]
