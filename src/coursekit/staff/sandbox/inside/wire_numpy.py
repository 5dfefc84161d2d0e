"""How numpy's values are written down and read again at the border: arrays, scalars, dtypes, random generators."""

import math
import re
import types
from collections.abc import Sized
from typing import TYPE_CHECKING, Any

import numpy as np

from coursekit.staff.sandbox.inside.kinds import Kind, exactly, whole
from coursekit.staff.sandbox.inside.messages import MAX_BYTES, CannotCross

if TYPE_CHECKING:
    from coursekit.staff.sandbox.inside.wire import Reader, Writer

_DTYPE = re.compile(r"[<>|=]?[biufc][0-9]{1,2}|[<>|=]?[SU][0-9]{1,6}|[<>|=]?[mM]8(\[[a-zA-Z0-9]{1,4}\])?")


def write_array(array: np.ndarray, writer: "Writer") -> list[Any]:
    """What stands for an array of numbers, texts, bytes or dates. Raises CannotCross for any other one."""
    if array.dtype.hasobject or array.dtype.names or not _DTYPE.fullmatch(array.dtype.str):
        raise CannotCross(f"a numpy array of dtype {array.dtype}")
    if array.nbytes > MAX_BYTES:
        raise CannotCross(f"a numpy array of {array.nbytes / 1e6:,.0f} MB")
    return [array.dtype.str, list(array.shape), writer.buffer(np.ascontiguousarray(array).tobytes())]


def read_array(content: Any, reader: "Reader") -> np.ndarray:
    """The array again. Raises CannotCross for what `write_array` would not write."""
    dtype, shape, number = content
    if not _DTYPE.fullmatch(dtype) or not _is_shape(shape):
        raise CannotCross("an array of unknown form")
    kind, buffer = np.dtype(dtype), reader.buffer(number)
    if kind.hasobject or not kind.itemsize or math.prod(shape) * kind.itemsize != len(buffer):
        raise CannotCross("an array whose shape does not fit its bytes")
    if not len(buffer):
        return np.empty(shape, kind)
    return np.frombuffer(bytearray(buffer), kind).reshape(shape)


def _is_shape(shape: Any) -> bool:
    return len(shape) <= 32 and all(n <= MAX_BYTES and n >= 0 for n in whole(shape))


def _is_of_objects(value: Any) -> bool:
    return type(value) is np.ndarray and value.dtype.kind == "O"


def _write_objects(array: np.ndarray, writer: "Writer") -> list[Any]:
    items = array.ravel().tolist()
    if not all(map(_is_element, items)):
        raise CannotCross("a numpy array of dtype object that holds rows; do all rows have the same length?")
    return [list(array.shape), [writer.write(item) for item in items]]


def _read_objects(content: Any, reader: "Reader") -> np.ndarray:
    shape, written = content
    items = reader.items(written)
    if not _is_shape(shape) or math.prod(shape) != len(items) or not all(map(_is_element, items)):
        raise CannotCross("an array of unknown form")
    return of_objects(items).reshape(shape)


def _is_element(item: Any) -> bool:
    """Whether an array of objects may hold it: numbers, texts, dates, but no rows, and nothing with methods to call."""
    return isinstance(item, str | bytes) or not (callable(item) or isinstance(item, Sized | types.ModuleType))


def of_objects(items: list[Any]) -> np.ndarray:
    """An array of these objects, whatever they are, of one dimension."""
    array = np.empty(len(items), object)
    for number, item in enumerate(items):
        array[number] = item
    return array


def _is_scalar(value: Any) -> bool:
    return issubclass(type(value), np.generic) and type(value).__module__ == "numpy"


def _is_dtype(value: Any) -> bool:
    return isinstance(value, np.dtype) and not value.hasobject and not value.names


def _read_dtype(content: Any, reader: "Reader") -> np.dtype:
    if not _DTYPE.fullmatch(content):
        raise CannotCross("an unknown dtype")
    return np.dtype(content)


def _write_generator(value: np.random.Generator, writer: "Writer") -> Any:
    return writer.write(value.bit_generator.state)


def _read_generator(content: Any, reader: "Reader") -> np.random.Generator:
    state = reader.read(content)
    if state["bit_generator"] not in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"):
        raise CannotCross("an unknown random generator")
    # Where in its memory it reads next; numpy believes whatever it is told.
    for at, end in ((state["state"].get("pos", 0), 624), (state.get("buffer_pos", 0), 4)):
        if type(at) is not int or not 0 <= at <= end:
            raise CannotCross("a random generator in no possible state")
    bits = getattr(np.random, state["bit_generator"])()
    bits.state = state
    return np.random.Generator(bits)


KINDS = (
    Kind(
        "scalar",
        _is_scalar,
        lambda value, writer: write_array(np.asarray(value), writer),
        lambda content, reader: read_array(content, reader)[()],
    ),
    Kind("objects", _is_of_objects, _write_objects, _read_objects, changeable=True),
    Kind("array", exactly(np.ndarray), write_array, read_array, changeable=True),
    Kind("dtype", _is_dtype, lambda value, _: value.str, _read_dtype),
    Kind("generator", exactly(np.random.Generator), _write_generator, _read_generator),
)
