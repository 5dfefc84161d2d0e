"""Which values may cross between a student's process and the examiner's, and how each is written down.

`KINDS` is the whole list: under which tag a kind of value is written, how, and how it is read again. Both sides use
this module, so neither needs anything of the course. What comes from the student is checked as if the student had
written every byte of it, which a hostile one can.
"""

import array
import collections
import dataclasses
import datetime
import enum
import functools
import math
import os
import re
import sys
import types
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sized
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from coursekit.staff.sandbox.inside import keras_models
from coursekit.staff.sandbox.inside.messages import MAX_BUFFERS, MAX_BYTES, CannotCross, in_short

# Far more than any exercise needs, and little enough for every machine.
MAX_VALUES = 2_000_000
MAX_DEPTH = 64
MAX_INTEGER_BITS = 100_000
# With more, the common divisors of one message's fractions would take minutes.
MAX_FRACTION_BITS = 20_000
# Digits of a Decimal, before and behind the point: as an integer it stays within the limit above.
MAX_DIGITS = 30_000
# Classes of namedtuples that one process makes, and how long a name in one may be.
MAX_CLASSES, MAX_NAME = 1000, 100

_DTYPE = re.compile(r"[<>|=]?[biufc][0-9]{1,2}|[<>|=]?[SU][0-9]{1,6}|[<>|=]?[mM]8(\[[a-zA-Z0-9]{1,4}\])?")
_DECIMAL = re.compile(r"-?([0-9]+(\.[0-9]+)?(E[+-][0-9]{1,6})?|Infinity|s?NaN[0-9]*)")
# pandas's names of the frequencies whose dates it finds quickly.
_FREQUENCY = re.compile(r"-?[0-9]{0,6}(ns|us|ms|s|min|h|D|B|W-[A-Z]{3}|B?[MQY][ES](-[A-Z]{3})?)")
# pandas's units, as parts of a second; and the seconds of the years 1 to 9999, beyond which it does not calculate.
_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_YEARS = (-62_135_500_000, 253_402_200_000)
_PLAIN = (
    "None, truth values, numbers, texts, bytes, dates, lists, tuples, dicts, sets, numpy arrays, tables of pandas, "
    "functions, Keras models and their histories"
)
# What to return instead of a value that may not cross.
_INSTEAD = (
    (enum.Enum, "return its value"),
    (os.PathLike, "return str(...) of it"),
    (np.ndarray, "return np.asarray(...) of it"),
    (tuple, "return a tuple"),
    (Iterator, "return a list"),
    (memoryview, "return bytes"),
    (array.array, "return a numpy array"),
    (Mapping, "return a dict"),
    (datetime.tzinfo, "return a datetime with a zone of datetime or zoneinfo"),
)
# What reading a value may raise that is not of the form in which it is written.
_DAMAGE = (
    TypeError,
    ValueError,
    KeyError,
    IndexError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    ImportError,  # of pyarrow, which pandas may name
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
        raise CannotCross(_refusal(type(value)))

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


def _refusal(kind: type) -> str:
    """Why a value of this type may not cross, and what to return instead."""
    named = f"an object of type {getattr(kind, '__qualname__', '?')}"
    if dataclasses.is_dataclass(kind):
        return f"{named}: return a dict or a tuple"
    if issubclass(kind, _class_of_pandas("Period")):
        return f"{named}: return a Timestamp or a text"
    for base, instead in _INSTEAD:
        if issubclass(kind, base):
            return f"{named}: {instead}"
    return f"{named}, which cannot be checked; what can: {_PLAIN}"


def _exactly(kind: type) -> Callable[[Any], bool]:
    return lambda value: type(value) is kind


def _derived(base: type) -> Callable[[Any], bool]:
    """Subclasses too, of which only what the base type holds crosses: rules of their own stay behind.

    Not those that are more than that: members of an enumeration, and the records of the operating system.
    """

    def includes(value: Any) -> bool:
        kind = type(value)
        return (
            issubclass(kind, base)
            and not issubclass(kind, enum.Enum)
            and not hasattr(kind, "n_sequence_fields")
        )

    return includes


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


def _whole(numbers: Any) -> list[int]:
    """The numbers of a list that holds only integers."""
    if not isinstance(numbers, list) or any(type(number) is not int for number in numbers):
        raise CannotCross("a damaged list of numbers")
    return numbers


# --- containers that hold something besides their items ---


def _write_deque(value: collections.deque, writer: Writer) -> list[Any]:
    return [value.maxlen, [writer.write(item) for item in collections.deque.__iter__(value)]]


def _read_deque(content: Any, reader: Reader) -> collections.deque:
    maxlen, items = content
    return collections.deque(_items(items, reader), maxlen)


_FACTORIES = {kind.__name__: kind for kind in (bool, int, float, complex, str, bytes, list, tuple, dict, set)}


def _write_defaultdict(value: collections.defaultdict, writer: Writer) -> list[Any]:
    factory = value.default_factory
    known = next((name for name, kind in _FACTORIES.items() if kind is factory), None)
    return [
        known or writer.write(factory),
        [[writer.write(k), writer.write(v)] for k, v in dict.items(value)],
    ]


def _read_defaultdict(content: Any, reader: Reader) -> collections.defaultdict:
    factory, items = content
    made = _FACTORIES[factory] if isinstance(factory, str) else reader.read(factory)
    return collections.defaultdict(made, {reader.read(key): reader.read(item) for key, item in items})


def _is_namedtuple(value: Any) -> bool:
    fields = getattr(type(value), "_fields", None)
    return (
        issubclass(type(value), tuple) and isinstance(fields, tuple) and tuple.__len__(value) == len(fields)
    )


def _write_namedtuple(value: Any, writer: Writer) -> list[Any]:
    kind = type(value)
    _namedtuple(kind.__name__, kind._fields)
    return [kind.__name__, list(kind._fields), [writer.write(item) for item in tuple.__iter__(value)]]


def _read_namedtuple(content: Any, reader: Reader) -> Any:
    name, fields, written = content
    kind, items = _namedtuple(name, tuple(fields)), _items(written, reader)
    # A field that can be called would be a method: `answer.equals(expected)` would be the student's to decide.
    if not reader.trusted and any(callable(item) or isinstance(item, types.ModuleType) for item in items):
        raise CannotCross(f"a namedtuple {name} that holds a function, a model or a module: return a tuple")
    return kind._make(items)


def _namedtuple(name: Any, fields: tuple) -> Any:
    """The class of that name with those fields, of which each process makes one."""
    names = (name, *fields)
    if len(fields) > MAX_NAME or any(type(text) is not str or len(text) > MAX_NAME for text in names):
        raise CannotCross(
            "a namedtuple with a name that is none, or too many or too long ones: return a tuple"
        )
    if names not in _CLASSES:
        # It runs code with the fields' names in it, after it has replaced all that are no plain names.
        made = collections.namedtuple(name, fields, rename=True)  # type: ignore[misc]
        if made._fields != fields or len(_CLASSES) >= MAX_CLASSES:
            raise CannotCross(
                "a namedtuple with fields that have no plain names, or one of too many: return a tuple"
            )
        _CLASSES[names] = made
    return _CLASSES[names]


_CLASSES: dict[tuple[str, ...], Any] = {}


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


def _write_decimal(value: Decimal, writer: Writer) -> str:
    _, digits, exponent = value.as_tuple()
    if len(digits) > MAX_DIGITS:
        raise CannotCross(f"a Decimal of {len(digits):,} digits")
    _check_exponent(exponent)
    return str(value)


def _read_decimal(content: Any, reader: Reader) -> Decimal:
    if len(content) > MAX_DIGITS + 20 or not _DECIMAL.fullmatch(content):
        raise CannotCross("a damaged Decimal")
    value = Decimal(content)
    _check_exponent(value.as_tuple().exponent)
    return value


def _check_exponent(exponent: Any) -> None:
    if isinstance(exponent, int) and abs(exponent) > MAX_DIGITS:
        raise CannotCross(f"a Decimal with the exponent {exponent}: return a float")


def _write_fraction(value: Fraction, writer: Writer) -> list[Any]:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_FRACTION_BITS:
        raise CannotCross(f"a Fraction of more than {MAX_FRACTION_BITS:,} bits: return a float")
    return [hex(value.numerator), hex(value.denominator)]


def _read_fraction(content: Any, reader: Reader) -> Fraction:
    above, below = content
    if max(len(above), len(below)) > MAX_FRACTION_BITS // 4 + 4:
        raise CannotCross("a Fraction that is too large")
    return Fraction(int(above, 16), int(below, 16))


# --- dates and times ---


def _write_date(value: datetime.date, writer: Writer) -> list[int]:
    return [value.year, value.month, value.day]


def _read_date(content: Any, reader: Reader) -> datetime.date:
    year, month, day = _whole(content)
    return datetime.date(year, month, day)


def _clock(value: Any) -> list[int]:
    return [value.hour, value.minute, value.second, value.microsecond, value.fold]


def _write_time(value: Any, writer: Writer) -> list[Any]:
    return [_clock(value), writer.write(value.tzinfo)]


def _read_time(content: Any, reader: Reader) -> datetime.time:
    clock, zone = content
    hour, minute, second, micro, fold = _whole(clock)
    return datetime.time(hour, minute, second, micro, _zone(zone, reader), fold=fold)


def _write_datetime(value: datetime.datetime, writer: Writer) -> list[Any]:
    return [_write_date(value, writer), *_write_time(value, writer)]


def _read_datetime(content: Any, reader: Reader) -> datetime.datetime:
    date, *time = content
    return datetime.datetime.combine(_read_date(date, reader), _read_time(time, reader))


def _write_timedelta(value: datetime.timedelta, writer: Writer) -> list[int]:
    return [value.days, value.seconds, value.microseconds]


def _read_timedelta(content: Any, reader: Reader) -> datetime.timedelta:
    days, seconds, micro = _whole(content)
    return datetime.timedelta(days, seconds, micro)


def _write_timezone(value: datetime.timezone, writer: Writer) -> list[Any]:
    offset = _write_timedelta(value.utcoffset(None), writer)
    return [offset, value.tzname(None)] if value != datetime.UTC and _has_name(value) else [offset]


def _has_name(value: datetime.timezone) -> bool:
    return value.tzname(None) != datetime.timezone(value.utcoffset(None)).tzname(None)


def _read_timezone(content: Any, reader: Reader) -> datetime.timezone:
    offset, *name = content
    if len(name) > 1 or any(type(text) is not str or len(text) > MAX_NAME for text in name):
        raise CannotCross("a damaged time zone")
    return datetime.timezone(_read_timedelta(offset, reader), *name)


def _write_zone(value: zoneinfo.ZoneInfo, writer: Writer) -> str:
    if value.key not in _zones():
        raise CannotCross("a time zone without a name that zoneinfo knows: return a time in UTC")
    return value.key


def _read_zone(content: Any, reader: Reader) -> zoneinfo.ZoneInfo:
    if content not in _zones():
        raise CannotCross("an unknown time zone")
    return zoneinfo.ZoneInfo(content)


@functools.cache
def _zones() -> set[str]:
    """The names that there are: zoneinfo is asked for no other, since it makes paths and modules of them."""
    return zoneinfo.available_timezones()


def _zone(written: Any, reader: Reader) -> datetime.tzinfo | None:
    zone = reader.read(written)
    if zone is not None and not isinstance(zone, datetime.tzinfo):
        raise CannotCross("a time zone that is none")
    return zone


# --- numpy ---


def _write_array(array: np.ndarray, writer: Writer) -> list[Any]:
    if array.dtype.hasobject or array.dtype.names or not _DTYPE.fullmatch(array.dtype.str):
        raise CannotCross(f"a numpy array of dtype {array.dtype}")
    if array.nbytes > MAX_BYTES:
        raise CannotCross(f"a numpy array of {array.nbytes / 1e6:,.0f} MB")
    return [array.dtype.str, list(array.shape), writer.buffer(np.ascontiguousarray(array).tobytes())]


def _read_array(content: Any, reader: Reader) -> np.ndarray:
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
    return len(shape) <= 32 and all(n <= MAX_BYTES and n >= 0 for n in _whole(shape))


def _is_of_objects(value: Any) -> bool:
    return type(value) is np.ndarray and value.dtype.kind == "O"


def _write_objects(array: np.ndarray, writer: Writer) -> list[Any]:
    items = array.ravel().tolist()
    if not all(map(_is_element, items)):
        raise CannotCross("a numpy array of dtype object that holds rows; do all rows have the same length?")
    return [list(array.shape), [writer.write(item) for item in items]]


def _read_objects(content: Any, reader: Reader) -> np.ndarray:
    shape, written = content
    items = _items(written, reader)
    if not _is_shape(shape) or math.prod(shape) != len(items) or not all(map(_is_element, items)):
        raise CannotCross("an array of unknown form")
    return _of_objects(items).reshape(shape)


def _is_element(item: Any) -> bool:
    """Whether an array of objects may hold it: numbers, texts, dates, but no rows, and nothing with methods to call."""
    return isinstance(item, str | bytes) or not (callable(item) or isinstance(item, Sized | types.ModuleType))


def _of_objects(items: list[Any]) -> np.ndarray:
    array = np.empty(len(items), object)
    for number, item in enumerate(items):
        array[number] = item
    return array


def _write_masked(value: Any, writer: Writer) -> list[Any]:
    mask = None if value.mask is np.ma.nomask else value.mask
    fill = np.asarray(value.fill_value, value.dtype)
    return [writer.write(value.data), writer.write(mask), writer.write(fill), value.hardmask]


def _read_masked(content: Any, reader: Reader) -> Any:
    data, mask, fill = (reader.read(part) for part in content[:3])
    known = [data, fill, data if mask is None else mask]
    if any(type(part) is not np.ndarray for part in known) or (fill.dtype, fill.shape) != (data.dtype, ()):
        raise CannotCross("a masked array of unknown form")
    if mask is not None and (mask.dtype, mask.shape) != (np.dtype(bool), data.shape):
        raise CannotCross("a masked array whose mask does not fit")
    mask = np.ma.nomask if mask is None else mask
    return np.ma.MaskedArray(data, mask, fill_value=fill[()], hard_mask=content[3] is True)


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


def _of_pandas(name: str) -> Callable[[Any], bool]:
    return lambda value: type(value) is _class_of_pandas(name)


def _write_timestamp(value: Any, writer: Writer) -> list[Any]:
    return [int(value.to_datetime64().astype("i8")), value.unit, writer.write(value.tzinfo)]


def _read_timestamp(content: Any, reader: Reader) -> Any:
    import pandas

    number, unit, zone = content
    date, zone = np.datetime64(*_count_of(number, unit)), _zone(zone, reader)
    _check_years(np.asarray([date]), unit)
    stamp = pandas.Timestamp(date)
    return stamp if zone is None else stamp.tz_localize("UTC").tz_convert(zone)


def _write_span(value: Any, writer: Writer) -> list[Any]:
    return [int(value.to_timedelta64().astype("i8")), value.unit]


def _read_span(content: Any, reader: Reader) -> Any:
    import pandas

    number, unit = content
    return pandas.Timedelta(np.timedelta64(*_count_of(number, unit)))


def _count_of(number: Any, unit: Any) -> tuple[int, Any]:
    if unit not in _UNITS or type(number) is not int or abs(number) >= 2**63:
        raise CannotCross("a damaged time")
    return number, unit


def _check_years(dates: np.ndarray, unit: str) -> None:
    first, last = (max(-(2**63) + 1, min(2**63 - 1, seconds * _UNITS[unit])) for seconds in _YEARS)
    numbers = dates[~np.isnat(dates)].view("i8")
    if numbers.size and (numbers.min() < first or numbers.max() > last):
        raise CannotCross("a date before the year 1 or after 9999")


def _write_interval(value: Any, writer: Writer) -> list[Any]:
    return [writer.write(value.left), writer.write(value.right), value.closed]


def _read_interval(content: Any, reader: Reader) -> Any:
    import pandas

    left, right, closed = content
    return pandas.Interval(reader.read(left), reader.read(right), closed=closed)


def _is_missing(value: Any) -> bool:
    return value is _class_of_pandas("NaT") or value is _class_of_pandas("NA")


def _read_missing(content: Any, reader: Reader) -> Any:
    import pandas

    return {"NaT": pandas.NaT, "<NA>": pandas.NA}[content]


# What a Series, an index or a column of a table holds: an array of pandas, in one of these forms.


def _write_plain(values: Any, writer: Writer) -> list[Any]:
    found = values.to_numpy()
    return [
        [writer.write(item) for item in found.tolist()] if found.dtype.kind == "O" else writer.write(found)
    ]


def _read_plain(content: Any, reader: Reader) -> Any:
    import pandas

    [written] = content
    found = _of_objects(_items(written, reader)) if isinstance(written, list) else _vector(written, reader)
    if found.dtype.kind not in "biufcO":
        raise CannotCross("a column of unknown form")
    return pandas.arrays.NumpyExtensionArray(found)


def _write_dates(values: Any, writer: Writer) -> list[Any]:
    found = values.asi8.view(f"{values.dtype.kind}8[{values.unit}]")
    return [writer.write(found), writer.write(getattr(values, "tz", None))]


def _read_dates(content: Any, reader: Reader) -> Any:
    import pandas

    written, zone = content
    found, zone = _vector(written, reader), _zone(zone, reader)
    unit, count = np.datetime_data(found.dtype)
    if found.dtype.kind not in "mM" or unit not in _UNITS or count != 1:
        raise CannotCross("dates of unknown form")
    if found.dtype.kind == "M":
        _check_years(found, unit)
    dates = pandas.Index(found)
    return (dates if zone is None else dates.tz_localize("UTC").tz_convert(zone)).array


def _write_category(values: Any, writer: Writer) -> list[Any]:
    return [writer.write(np.asarray(values.codes)), writer.write(values.categories), bool(values.ordered)]


def _read_category(content: Any, reader: Reader) -> Any:
    import pandas

    codes, categories, ordered = content
    kind = pandas.CategoricalDtype(_index(categories, reader), ordered is True)
    return pandas.Categorical.from_codes(_vector(codes, reader), dtype=kind)


def _write_nullable(values: Any, writer: Writer) -> list[Any]:
    known = values.to_numpy(dtype=values.dtype.numpy_dtype, na_value=0)
    return [writer.write(known), writer.write(np.asarray(values.isna()))]


def _read_nullable(content: Any, reader: Reader) -> Any:
    import pandas

    known, missing = (_vector(written, reader) for written in content)
    if len(known) != len(missing):
        raise CannotCross("a column of unknown form")
    kinds: dict[str, Any] = {"b": pandas.arrays.BooleanArray, "f": pandas.arrays.FloatingArray}
    return kinds.get(known.dtype.kind, pandas.arrays.IntegerArray)(known, missing)


def _write_texts(values: Any, writer: Writer) -> list[Any]:
    texts = values.to_numpy(dtype=object, na_value=None).tolist()
    with_na = _is_missing(values.dtype.na_value)
    return [[writer.write(text) for text in texts], values.dtype.storage, with_na]


def _read_texts(content: Any, reader: Reader) -> Any:
    import pandas

    written, storage, with_na = content
    texts = _items(written, reader)
    if storage not in ("python", "pyarrow") or any(
        text is not None and type(text) is not str for text in texts
    ):
        raise CannotCross("a column of texts of unknown form")
    kind = pandas.StringDtype(storage) if with_na is True else pandas.StringDtype(storage, np.nan)
    return pandas.array(_of_objects(texts), dtype=kind)


def _write_intervals(values: Any, writer: Writer) -> list[Any]:
    return [writer.write(values.left), writer.write(values.right), values.closed]


def _read_intervals(content: Any, reader: Reader) -> Any:
    import pandas

    left, right, closed = content
    return pandas.arrays.IntervalArray.from_arrays(_index(left, reader), _index(right, reader), closed)


# By name: the classes of pandas.arrays, and how their values are written and read.
_FORMS: dict[str, tuple[tuple[str, ...], Callable[[Any, Writer], list], Callable[[Any, Reader], Any]]] = {
    "plain": (("NumpyExtensionArray",), _write_plain, _read_plain),
    "dates": (("DatetimeArray", "TimedeltaArray"), _write_dates, _read_dates),
    "category": (("Categorical",), _write_category, _read_category),
    "nullable": (("IntegerArray", "FloatingArray", "BooleanArray"), _write_nullable, _read_nullable),
    "texts": (("StringArray", "ArrowStringArray"), _write_texts, _read_texts),
    "intervals": (("IntervalArray",), _write_intervals, _read_intervals),
}


def _is_column(value: Any) -> bool:
    extensions = getattr(_class_of_pandas("api"), "extensions", None)
    return isinstance(value, getattr(extensions, "ExtensionArray", ()))


def _write_column(values: Any, writer: Writer) -> list[Any]:
    for form, (classes, write, _) in _FORMS.items():
        if type(values).__name__ in classes:
            return [form, write(values, writer)]
    raise CannotCross(f"values of pandas with dtype {values.dtype}")


def _read_column(content: Any, reader: Reader) -> Any:
    form, written = content
    return _FORMS[form][2](written, reader)


def _vector(written: Any, reader: Reader) -> np.ndarray:
    found = reader.read(written)
    if type(found) is not np.ndarray or found.ndim != 1 or found.dtype.kind == "O":
        raise CannotCross("a column of unknown form")
    return found


def _inside(column: Any) -> Any:
    """What pandas makes a Series or an index of, without guessing another dtype."""
    return column.to_numpy() if type(column) is _class_of_pandas("arrays").NumpyExtensionArray else column


# Tables, and what names their rows.


def _write_range_index(index: Any, writer: Writer) -> list[Any]:
    if len(index) > MAX_BYTES:
        raise CannotCross(f"an index of {len(index):,} rows")
    return [writer.write(index.name), index.start, index.stop, index.step]


def _read_range_index(content: Any, reader: Reader) -> Any:
    import pandas

    name, *bounds = content
    start, stop, step = _whole(bounds)
    if max(map(abs, bounds)) >= 2**63 or len(range(start, stop, step)) > MAX_BYTES:
        raise CannotCross("an index of too many rows")
    return pandas.RangeIndex(start, stop, step, name=reader.read(name))


def _write_multi_index(index: Any, writer: Writer) -> list[Any]:
    levels = [writer.write(level.rename(None)) for level in index.levels]
    codes = [writer.write(np.asarray(each)) for each in index.codes]
    return [[writer.write(name) for name in index.names], levels, codes]


def _read_multi_index(content: Any, reader: Reader) -> Any:
    import pandas

    names, levels, codes = content
    return pandas.MultiIndex(
        levels=[_index(level, reader) for level in levels],
        codes=[_vector(each, reader) for each in codes],
        names=_items(names, reader),
    )


def _write_index(index: Any, writer: Writer) -> list[Any]:
    column, freq = _write_column(index.array, writer), getattr(index, "freq", None)
    if freq is not None and not _FREQUENCY.fullmatch(freq.freqstr):
        raise CannotCross(f"dates with freq {freq.freqstr!r}: return it with freq = None")
    return [writer.write(index.name), column, None if freq is None else freq.freqstr]


def _read_index(content: Any, reader: Reader) -> Any:
    import pandas

    name, column, freq = content
    values = _inside(_read_column(column, reader))
    index = pandas.Index(values, dtype=values.dtype, name=reader.read(name), tupleize_cols=False)
    if freq is None:
        return index
    if not _FREQUENCY.fullmatch(freq) or len(index) > MAX_VALUES:
        raise CannotCross("dates with an unknown freq, or too many")
    return type(index)(index, freq=freq)  # compares the dates with it


def _index(written: Any, reader: Reader) -> Any:
    found = reader.read(written)
    if not isinstance(found, _class_of_pandas("Index")):
        raise CannotCross("an index that is none")
    return found


def _write_series(series: Any, writer: Writer) -> list[Any]:
    return [writer.write(series.name), _write_column(series.array, writer), writer.write(series.index)]


def _read_series(content: Any, reader: Reader) -> Any:
    name, column, index = content
    series = _series(column, reader)
    index = _index(index, reader)
    if len(series) != len(index):
        raise CannotCross("a Series whose index does not fit")
    series.index = index
    series.name = reader.read(name)
    return series


def _series(written: Any, reader: Reader) -> Any:
    import pandas

    values = _inside(_read_column(written, reader))
    return pandas.Series(values, dtype=values.dtype)


def _write_frame(frame: Any, writer: Writer) -> list[Any]:
    columns = [_write_column(frame.iloc[:, number].array, writer) for number in range(frame.shape[1])]
    return [columns, writer.write(frame.columns), writer.write(frame.index)]


def _read_frame(content: Any, reader: Reader) -> Any:
    import pandas

    written, names, index = content
    names, index = _index(names, reader), _index(index, reader)
    columns = [_series(column, reader) for column in written]
    if len(columns) != len(names) or any(len(column) != len(index) for column in columns):
        raise CannotCross("a table whose columns do not fit")
    table = pandas.DataFrame(dict(enumerate(columns)), index=pandas.RangeIndex(len(index)))
    table.index, table.columns = index, names
    return table


# --- Keras: the rest of it is in `keras_models` ---


def _write_tensor(tensor: Any, writer: Writer) -> list[Any]:
    return _write_array(keras_models.to_array(tensor), writer)


def _read_tensor(content: Any, reader: Reader) -> Any:
    return keras_models.to_tensor(_read_array(content, reader))


# The first kind that includes a value counts: a Counter is a dict as well, and many a scalar of numpy a float.
KINDS = (
    _sequence(list, changeable=True),
    Kind("namedtuple", _is_namedtuple, _write_namedtuple, _read_namedtuple),
    _sequence(tuple, changeable=False),
    _sequence(set, changeable=True),
    _sequence(frozenset, changeable=False),
    Kind("deque", _derived(collections.deque), _write_deque, _read_deque, changeable=True),
    Kind(
        "defaultdict",
        _derived(collections.defaultdict),
        _write_defaultdict,
        _read_defaultdict,
        changeable=True,
    ),
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
    Kind("objects", _is_of_objects, _write_objects, _read_objects, changeable=True),
    Kind("array", _exactly(np.ndarray), _write_array, _read_array, changeable=True),
    Kind(
        "masked", lambda value: value is np.ma.masked, lambda value, _: None, lambda content, _: np.ma.masked
    ),
    Kind("MaskedArray", _exactly(np.ma.MaskedArray), _write_masked, _read_masked),
    Kind("int", _derived(int), _write_integer, _read_integer),
    Kind("float", _derived(float), lambda value, _: float.__repr__(value), lambda text, _: float(text)),
    Kind("complex", _exactly(complex), _write_complex, _read_complex),
    Kind("Decimal", _exactly(Decimal), _write_decimal, _read_decimal),
    Kind("Fraction", _exactly(Fraction), _write_fraction, _read_fraction),
    Kind("str", _derived(str), lambda value, _: str.__str__(value), lambda text, _: str(text)),
    _bytes(bytes, changeable=False),
    _bytes(bytearray, changeable=True),
    _bounds(range),
    _bounds(slice),
    Kind("ellipsis", lambda value: value is ..., lambda value, _: None, lambda content, _: ...),
    Kind("dtype", _is_dtype, lambda value, _: value.str, _read_dtype),
    Kind("generator", _exactly(np.random.Generator), _write_generator, _read_generator),
    Kind("date", _exactly(datetime.date), _write_date, _read_date),
    Kind("time", _exactly(datetime.time), _write_time, _read_time),
    Kind("datetime", _exactly(datetime.datetime), _write_datetime, _read_datetime),
    Kind("timedelta", _exactly(datetime.timedelta), _write_timedelta, _read_timedelta),
    Kind("timezone", _exactly(datetime.timezone), _write_timezone, _read_timezone),
    Kind("ZoneInfo", _exactly(zoneinfo.ZoneInfo), _write_zone, _read_zone),
    Kind("Timestamp", _of_pandas("Timestamp"), _write_timestamp, _read_timestamp),
    Kind("Timedelta", _of_pandas("Timedelta"), _write_span, _read_span),
    Kind("Interval", _of_pandas("Interval"), _write_interval, _read_interval),
    Kind("missing", _is_missing, lambda value, _: str(value), _read_missing),
    Kind("series", _of_pandas("Series"), _write_series, _read_series),
    Kind("frame", _of_pandas("DataFrame"), _write_frame, _read_frame),
    Kind("range index", _of_pandas("RangeIndex"), _write_range_index, _read_range_index),
    Kind("multi index", _of_pandas("MultiIndex"), _write_multi_index, _read_multi_index),
    Kind("index", lambda value: isinstance(value, _class_of_pandas("Index")), _write_index, _read_index),
    Kind("column", _is_column, _write_column, _read_column),
    Kind("model", keras_models.is_model, keras_models.write_model, keras_models.read_model),
    Kind("history", keras_models.is_history, keras_models.write_history, keras_models.read_history),
    Kind("tensor", keras_models.is_tensor, _write_tensor, _read_tensor),
)
_BY_TAG = {kind.tag: kind for kind in KINDS}
