"""Which values may cross between a student's process and the examiner's, and how each is written down.

`KINDS` is the whole list: under which tag a kind of value is written, how, and how it is read again. Both sides use
this module, so neither needs anything of the course. What comes from the student is checked as if the student had
written every byte of it, which a hostile one can.
"""

import collections
import math
import re
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from coursekit.staff.sandbox.inside import keras_models
from coursekit.staff.sandbox.inside.messages import MAX_BUFFERS, MAX_BYTES, CannotCross, in_short

# Far more than any exercise needs, and little enough for every machine.
MAX_VALUES = 2_000_000
MAX_DEPTH = 64
MAX_INTEGER_BITS = 100_000

_DTYPE = re.compile(r"[<>|=]?[biufc][0-9]{1,2}|[<>|=]?[SU][0-9]{1,6}|[<>|=]?[mM]8(\[[a-zA-Z0-9]{1,4}\])?")
_PLAIN = (
    "None, truth values, numbers, texts, bytes, lists, tuples, dicts, sets, numpy arrays, tables of pandas, "
    "functions, Keras models and their histories"
)
# What reading a value may raise that is not of the form in which it is written.
_DAMAGE = (
    TypeError,
    ValueError,
    KeyError,
    IndexError,
    OverflowError,
    AttributeError,
    RecursionError,
    MemoryError,
)


class Writer:
    """Turns values into a header and buffers.

    `reference` may answer for an object that the other side knows already, or that stays on this side and is
    only pointed at (a function): something that the other side's `resolve` understands, or None.
    """

    def __init__(self, reference: Callable[[Any, "Writer"], Any] = lambda value, writer: None) -> None:
        self.buffers: list[bytes] = []
        self._reference = reference
        self._values = 0
        self._depth = 0
        # By its id, each value that can be changed, and what was written for it: it may come again.
        self._seen: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._shared = 0

    def write(self, value: Any) -> Any:
        """`value` as JSON; its arrays are added to `buffers`. Raises CannotCross."""
        self._values += 1
        if self._values > MAX_VALUES:
            raise CannotCross(f"more than {MAX_VALUES:,} values at once; use a numpy array")
        if self._depth > MAX_DEPTH:
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
        self._depth += 1
        try:
            return self._again(value) if id(value) in self._seen else self._first(value)
        finally:
            self._depth -= 1

    def buffer(self, content: bytes) -> int:
        """The number under which the other side finds these bytes."""
        if len(self.buffers) >= MAX_BUFFERS:
            raise CannotCross(f"more than {MAX_BUFFERS:,} arrays at once; use one numpy array")
        self.buffers.append(content)
        return len(self.buffers) - 1

    def forget(self, buffers: int | None = None) -> None:
        """Do not refer to what was written so far, of which only so many buffers are going to be sent."""
        self._seen.clear()
        if buffers is not None:
            del self.buffers[buffers:]

    def _first(self, value: Any) -> dict[str, Any]:
        if (known := self._reference(value, self)) is not None:
            return {"known": known}
        for kind in KINDS:
            if kind.includes(value):
                written = {kind.tag: kind.write(value, self)}
                if kind.changeable:
                    self._seen[id(value)] = (value, written)
                return written
        name = getattr(type(value), "__qualname__", "?")
        raise CannotCross(f"an object of type {name}, which cannot be checked; what can: {_PLAIN}")

    def _again(self, value: Any) -> dict[str, Any]:
        # Rows that are one and the same list arrive as one list: tests for that mistake shall find it.
        _, first = self._seen[id(value)]
        if "first" not in first:
            written = dict(first)
            first.clear()
            first["first"] = [self._shared, written]
            self._shared += 1
        return {"again": first["first"][0]}


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
        self.trusted = trusted
        self._buffers = buffers
        self._resolve = resolve
        self._values = 0
        self._depth = 0
        self._shared: dict[int, Any] = {}

    def read(self, written: Any) -> Any:
        """The value that was written."""
        self._values += 1
        if self._values > 2 * MAX_VALUES or self._depth > 2 * MAX_DEPTH:
            raise CannotCross("more values, or deeper ones, than may cross")
        if written is None or isinstance(written, bool | int | float | str):
            return written
        self._depth += 1
        try:
            return self._tagged(written)
        except _DAMAGE as error:
            raise CannotCross(f"a damaged value ({in_short(error)})") from None
        finally:
            self._depth -= 1

    def buffer(self, number: int) -> memoryview:
        """The bytes that the other side wrote under this number."""
        if type(number) is not int or not 0 <= number < len(self._buffers):
            raise CannotCross("a value without its bytes")
        return self._buffers[number]

    def _tagged(self, written: Any) -> Any:
        [(tag, content)] = written.items()
        if tag == "first":
            number, first = content
            value = self._shared[number] = self._tagged(first)
            return value
        if tag == "again":
            return self._shared[content]
        if tag == "known" and self._resolve:
            return self._resolve(content, self)
        if tag in _BY_TAG:
            return _BY_TAG[tag].read(content, self)
        raise CannotCross(f"a value of unknown kind {str(tag)[:40]!r}")


class Kind(NamedTuple):
    """A kind of value that may cross.

    tag: what it is written under. includes: whether a value is of this kind. write: what stands for a value; JSON,
    and buffers of the writer. read: the value again, from something that a hostile student may have made up: whatever
    it raises of `_DAMAGE` refuses it. changeable: whether it matters that two of these values are one and the same.
    """

    tag: str
    includes: Callable[[Any], bool]
    write: Callable[[Any, Writer], Any]
    read: Callable[[Any, Reader], Any]
    changeable: bool = False


def _exactly(kind: type) -> Callable[[Any], bool]:
    return lambda value: type(value) is kind


def _derived(base: type) -> Callable[[Any], bool]:
    """Subclasses too, of which only what the base type holds crosses: rules of their own stay behind."""
    return lambda value: issubclass(type(value), base)


def _sequence(base: Any, *, changeable: bool) -> Kind:
    def write(value: Any, writer: Writer) -> list[Any]:
        return [writer.write(item) for item in base.__iter__(value)]

    return Kind(base.__name__, _derived(base), write, lambda c, reader: base(_items(c, reader)), changeable)


def _mapping(base: Any) -> Kind:
    def write(value: Any, writer: Writer) -> list[Any]:
        return [[writer.write(key), writer.write(item)] for key, item in dict.items(value)]

    def read(content: Any, reader: Reader) -> Any:
        return base({reader.read(key): reader.read(item) for key, item in content})

    return Kind(base.__name__, _derived(base), write, read, changeable=True)


def _view(tag: str, kind: type, again: Callable[[list], Any]) -> Kind:
    """What keys(), values() and items() of a dict return."""

    def write(value: Any, writer: Writer) -> list[Any]:
        return [writer.write(item) for item in value]

    return Kind(tag, _exactly(kind), write, lambda content, reader: again(_items(content, reader)))


def _bounds(kind: Any) -> Kind:
    """range and slice."""

    def write(value: Any, writer: Writer) -> list[Any]:
        return [writer.write(part) for part in (value.start, value.stop, value.step)]

    return Kind(kind.__name__, _exactly(kind), write, lambda content, r: kind(*map(r.read, content)))


def _bytes(kind: Any, *, changeable: bool) -> Kind:
    return Kind(
        kind.__name__,
        _exactly(kind),
        lambda value, writer: writer.buffer(bytes(value)),
        lambda number, reader: kind(reader.buffer(number)),
        changeable,
    )


def _items(content: Any, reader: Reader) -> list[Any]:
    if not isinstance(content, list):
        raise CannotCross("a damaged list")
    return [reader.read(item) for item in content]


# --- numbers ---


def _write_integer(value: int, writer: Writer) -> str:
    number = int.__index__(value)
    if number.bit_length() > MAX_INTEGER_BITS:
        raise CannotCross(f"an integer of {number.bit_length():,} bits")
    return hex(number)


def _read_integer(content: Any, reader: Reader) -> int:
    if len(content) > MAX_INTEGER_BITS // 4 + 4:
        raise CannotCross("an integer that is too large")
    return int(content, 16)


def _write_complex(value: complex, writer: Writer) -> list[str]:
    return [value.real.hex(), value.imag.hex()]


def _read_complex(content: Any, reader: Reader) -> complex:
    return complex(float.fromhex(content[0]), float.fromhex(content[1]))


# --- numpy ---


def _write_array(array: np.ndarray, writer: Writer) -> list[Any]:
    if array.dtype.hasobject or array.dtype.names or not _DTYPE.fullmatch(array.dtype.str):
        hint = "; do all rows have the same length?" if array.dtype.hasobject else ""
        raise CannotCross(f"a numpy array of dtype {array.dtype}{hint}")
    if array.nbytes > MAX_BYTES:
        raise CannotCross(f"a numpy array of {array.nbytes / 1e6:,.0f} MB")
    return [array.dtype.str, list(array.shape), writer.buffer(np.ascontiguousarray(array).tobytes())]


def _read_array(content: Any, reader: Reader) -> np.ndarray:
    dtype, shape, number = content
    if not _DTYPE.fullmatch(dtype) or any(type(n) is not int or n < 0 for n in shape) or len(shape) > 32:
        raise CannotCross("an array of unknown form")
    kind, buffer = np.dtype(dtype), reader.buffer(number)
    if kind.hasobject or not kind.itemsize or math.prod(shape) * kind.itemsize != len(buffer):
        raise CannotCross("an array whose shape does not fit its bytes")
    if not len(buffer):
        return np.empty(shape, kind)
    return np.frombuffer(bytearray(buffer), kind).reshape(shape)


def _is_scalar(value: Any) -> bool:
    return issubclass(type(value), np.generic) and type(value).__module__ == "numpy"


def _is_dtype(value: Any) -> bool:
    return isinstance(value, np.dtype) and not value.hasobject and not value.names


def _read_dtype(content: Any, reader: Reader) -> np.dtype:
    if not _DTYPE.fullmatch(content):
        raise CannotCross("an unknown dtype")
    return np.dtype(content)


def _write_generator(value: np.random.Generator, writer: Writer) -> Any:
    return writer.write(value.bit_generator.state)


def _read_generator(content: Any, reader: Reader) -> np.random.Generator:
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


# --- pandas ---


def _class_of_pandas(name: str) -> Any:
    """The class, as issubclass takes it; none while pandas is not loaded."""
    return getattr(sys.modules.get("pandas"), name, ())


def _write_column(column: Any, writer: Writer) -> Any:
    values = column.to_numpy()
    return writer.write(values.tolist() if values.dtype.hasobject else values)


def _write_index(table: Any, writer: Writer) -> list[Any]:
    return [writer.write(list(table.index.names)), _write_column(table.index, writer)]


def _read_index(content: Any, reader: Reader) -> Any:
    import pandas

    names, values = content
    index = pandas.Index(reader.read(values))
    index.names = reader.read(names)
    return index


def _read_plain_index(content: Any, reader: Reader) -> Any:
    import pandas

    return pandas.Index(reader.read(content))


def _write_series(series: Any, writer: Writer) -> list[Any]:
    return [writer.write(series.name), _write_column(series, writer), _write_index(series, writer)]


def _read_series(content: Any, reader: Reader) -> Any:
    import pandas

    name, values, index = content
    return pandas.Series(reader.read(values), index=_read_index(index, reader), name=reader.read(name))


def _write_frame(frame: Any, writer: Writer) -> list[Any]:
    columns = [[writer.write(name), _write_column(column, writer)] for name, column in frame.items()]
    return [columns, writer.write(list(frame.columns.names)), _write_index(frame, writer)]


def _read_frame(content: Any, reader: Reader) -> Any:
    import pandas

    written, column_names, written_index = content
    index = _read_index(written_index, reader)
    names = [reader.read(name) for name, _ in written]
    columns = [pandas.Series(reader.read(column), index=index) for _, column in written]
    table = pandas.concat(columns, axis=1, keys=names) if columns else pandas.DataFrame(index=index)
    table.columns.names = reader.read(column_names)
    return table


# --- Keras: the rest of it is in `keras_models` ---


def _write_tensor(tensor: Any, writer: Writer) -> list[Any]:
    return _write_array(keras_models.to_array(tensor), writer)


def _read_tensor(content: Any, reader: Reader) -> Any:
    return keras_models.to_tensor(_read_array(content, reader))


# The first kind that includes a value counts: a Counter is a dict as well, and many a scalar of numpy a float.
KINDS = (
    _sequence(list, changeable=True),
    _sequence(tuple, changeable=False),
    _sequence(set, changeable=True),
    _sequence(frozenset, changeable=False),
    _sequence(collections.deque, changeable=True),
    _mapping(collections.Counter),
    _mapping(collections.OrderedDict),
    _mapping(dict),
    _view("keys", type({}.keys()), lambda items: dict.fromkeys(items).keys()),
    _view("values", type({}.values()), lambda items: dict(enumerate(items)).values()),
    _view("items", type({}.items()), lambda items: dict(items).items()),
    Kind(
        "scalar",
        _is_scalar,
        lambda value, writer: _write_array(np.asarray(value), writer),
        lambda content, reader: _read_array(content, reader)[()],
    ),
    Kind("array", _exactly(np.ndarray), _write_array, _read_array, changeable=True),
    Kind("int", _derived(int), _write_integer, _read_integer),
    Kind("float", _derived(float), lambda value, _: float.__repr__(value), lambda text, _: float(text)),
    Kind("complex", _exactly(complex), _write_complex, _read_complex),
    Kind("str", _derived(str), lambda value, _: str.__str__(value), lambda text, _: str(text)),
    _bytes(bytes, changeable=False),
    _bytes(bytearray, changeable=True),
    _bounds(range),
    _bounds(slice),
    Kind("ellipsis", lambda value: value is ..., lambda value, _: None, lambda content, _: ...),
    Kind("dtype", _is_dtype, lambda value, _: value.str, _read_dtype),
    Kind("generator", _exactly(np.random.Generator), _write_generator, _read_generator),
    Kind("series", lambda value: type(value) is _class_of_pandas("Series"), _write_series, _read_series),
    Kind("frame", lambda value: type(value) is _class_of_pandas("DataFrame"), _write_frame, _read_frame),
    Kind(
        "index",
        lambda value: isinstance(value, _class_of_pandas("Index")),
        _write_column,
        _read_plain_index,
    ),
    Kind("model", keras_models.is_model, keras_models.write_model, keras_models.read_model),
    Kind("history", keras_models.is_history, keras_models.write_history, keras_models.read_history),
    Kind("tensor", keras_models.is_tensor, _write_tensor, _read_tensor),
)
_BY_TAG = {kind.tag: kind for kind in KINDS}
