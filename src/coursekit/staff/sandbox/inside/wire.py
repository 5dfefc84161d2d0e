"""Which values may cross between a student's process and the examiner's, and how each is written down.

`KINDS` is the whole list: under which tag a kind of value is written, how, and how it is read again. Those of numpy and
pandas stand in `wire_numpy` and `wire_pandas`, Keras's in `keras_models`. Both sides use it, so neither needs anything
of the course. What comes from the student is checked as if the student had written every byte of it, which a hostile
one can.
"""

import array
import collections
import dataclasses
import datetime
import enum
import functools
import keyword
import math
import os
import re
import types
import unicodedata
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from types import NoneType
from typing import Any

import numpy as np

from coursekit.staff.sandbox.inside import keras_models, wire_numpy, wire_pandas
from coursekit.staff.sandbox.inside.kinds import Kind, exactly, whole
from coursekit.staff.sandbox.inside.messages import MAX_BUFFERS, CannotCross, in_short

# Far more than any exercise needs, and little enough for every machine.
MAX_VALUES = 2_000_000
MAX_DEPTH = 64
MAX_INTEGER_BITS = 100_000
# With more, the common divisors of one message's fractions would take minutes.
MAX_FRACTION_BITS = 20_000
# Digits of a Decimal as it is written without an exponent: as an integer it stays within the limit above.
MAX_DIGITS = 30_000
# Classes of namedtuples that one process makes, and how long a name in one may be.
MAX_CLASSES, MAX_NAME = 1000, 100

_DECIMAL = re.compile(r"-?([0-9]+(\.[0-9]+)?(E[+-][0-9]{1,6})?|Infinity|s?NaN[0-9]*)")
_PLAIN = (
    "None, truth values, numbers, texts, bytes, dates, lists, tuples, dicts, sets, numpy arrays, tables of pandas, "
    "functions, Keras models and their histories"
)
# What to return instead of a value that may not cross.
_INSTEAD = (
    (enum.Enum, "return its value"),
    (os.PathLike, "return str(...) of it"),
    (np.ma.MaskedArray, "comparisons pass over what is masked; return .filled(...) of it"),
    (np.ndarray, "return np.asarray(...) of it"),
    (tuple, "return a tuple"),
    (Iterator, "return a list"),
    (memoryview, "return bytes"),
    (array.array, "return a numpy array"),
    (Mapping, "return a dict"),
    (datetime.tzinfo, "return a datetime with a zone of datetime or zoneinfo"),
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
        self.count(1)
        if self._depth > 2 * MAX_DEPTH:
            raise CannotCross("deeper values than may cross")
        if written is None or isinstance(written, bool | int | float | str):
            return written
        self._depth += 1
        try:
            return self._tagged(written)
        except CannotCross:
            raise
        # Of whatever library reads it: none of them may look like an error of the answer.
        except Exception as error:
            raise CannotCross(f"a damaged value ({in_short(error)})") from None
        finally:
            self._depth -= 1

    def items(self, written: Any) -> list[Any]:
        """The values of a list of such."""
        if not isinstance(written, list):
            raise CannotCross("a damaged list")
        return [self.read(item) for item in written]

    def expect(self, written: Any, kinds: type | tuple[type, ...], what: str) -> Any:
        """The value that was written, which has to be of one of these types."""
        value = self.read(written)
        if not isinstance(value, kinds):
            raise CannotCross(f"{what} that is none")
        return value

    def count(self, values: int) -> None:
        """Let so many values count as read, for one that takes as long as they do."""
        self._values += values
        if self._values > 2 * MAX_VALUES:
            raise CannotCross("more values than may cross")

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


def _refusal(kind: type) -> str:
    """Why a value of this type may not cross, and what to return instead."""
    named = f"an object of type {getattr(kind, '__qualname__', '?')}"
    if dataclasses.is_dataclass(kind):
        return f"{named}: return a dict or a tuple"
    for base, instead in (*_INSTEAD, *wire_pandas.instead()):
        if issubclass(kind, base):
            return f"{named}: {instead}"
    return f"{named}, which cannot be checked; what can: {_PLAIN}"


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

    return Kind(base.__name__, _derived(base), write, lambda c, reader: base(reader.items(c)), changeable)


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

    return Kind(tag, exactly(kind), write, lambda content, reader: again(reader.items(content)))


def _bounds(kind: Any) -> Kind:
    """range and slice."""

    def write(value: Any, writer: Writer) -> list[Any]:
        return [writer.write(part) for part in (value.start, value.stop, value.step)]

    return Kind(kind.__name__, exactly(kind), write, lambda content, r: kind(*map(r.read, content)))


def _bytes(kind: Any, *, changeable: bool) -> Kind:
    return Kind(
        kind.__name__,
        exactly(kind),
        lambda value, writer: writer.buffer(bytes(value)),
        lambda number, reader: kind(reader.buffer(number)),
        changeable,
    )


# --- containers that hold something besides their items ---


def _write_deque(value: collections.deque, writer: Writer) -> list[Any]:
    return [value.maxlen, [writer.write(item) for item in collections.deque.__iter__(value)]]


def _read_deque(content: Any, reader: Reader) -> collections.deque:
    maxlen, items = content
    return collections.deque(reader.items(items), maxlen)


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
    kind, items = _namedtuple(name, tuple(fields)), reader.items(written)
    # A field that can be called would be a method: `answer.equals(expected)` would be the student's to decide.
    if not reader.trusted and any(callable(item) or isinstance(item, types.ModuleType) for item in items):
        raise CannotCross(f"a namedtuple {name} that holds a function, a model or a module: return a tuple")
    return kind._make(items)


def _namedtuple(name: Any, fields: tuple) -> Any:
    """The class of that name with those fields, of which each process makes one."""
    names = (name, *fields)
    if names in _CLASSES:
        return _CLASSES[names]
    plain = len(fields) <= MAX_NAME and all(map(_is_plain_name, names))
    if not plain or any(field.startswith("_") for field in fields):
        raise CannotCross(
            "a namedtuple with names that are not plain, or too many or too long: return a tuple"
        )
    if len(_CLASSES) >= MAX_CLASSES:
        raise CannotCross("a namedtuple of one class too many: return a tuple")
    _CLASSES[names] = collections.namedtuple(name, fields)  # type: ignore[misc]
    return _CLASSES[names]


def _is_plain_name(name: Any) -> bool:
    """Whether Python's compiler, to which a namedtuple gives the names of its fields, reads just this name in it."""
    return (
        type(name) is str
        and len(name) <= MAX_NAME
        and name.isidentifier()
        and not keyword.iskeyword(name)
        and unicodedata.normalize("NFKC", name) == name
    )


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
    _check_decimal(value)
    return str(value)


def _read_decimal(content: Any, reader: Reader) -> Decimal:
    if len(content) > MAX_DIGITS + 20 or not _DECIMAL.fullmatch(content):
        raise CannotCross("a damaged Decimal")
    value = Decimal(content)
    _check_decimal(value)
    return value


def _check_decimal(value: Decimal) -> None:
    _, digits, exponent = value.as_tuple()
    if len(digits) + (abs(exponent) if isinstance(exponent, int) else 0) > MAX_DIGITS:
        raise CannotCross(f"a Decimal of more than {MAX_DIGITS:,} digits, or as far from 1: return a float")


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
    year, month, day = whole(content)
    return datetime.date(year, month, day)


def _clock(value: Any) -> list[int]:
    return [value.hour, value.minute, value.second, value.microsecond, value.fold]


def _write_time(value: Any, writer: Writer) -> list[Any]:
    return [_clock(value), writer.write(value.tzinfo)]


def _read_time(content: Any, reader: Reader) -> datetime.time:
    clock, zone = content
    hour, minute, second, micro, fold = whole(clock)
    found = reader.expect(zone, (datetime.tzinfo, NoneType), "a time zone")
    return datetime.time(hour, minute, second, micro, found, fold=fold)


def _write_datetime(value: datetime.datetime, writer: Writer) -> list[Any]:
    return [_write_date(value, writer), *_write_time(value, writer)]


def _read_datetime(content: Any, reader: Reader) -> datetime.datetime:
    date, *time = content
    return datetime.datetime.combine(_read_date(date, reader), _read_time(time, reader))


def _write_timedelta(value: datetime.timedelta, writer: Writer) -> list[int]:
    return [value.days, value.seconds, value.microseconds]


def _read_timedelta(content: Any, reader: Reader) -> datetime.timedelta:
    days, seconds, micro = whole(content)
    return datetime.timedelta(days, seconds, micro)


def _write_timezone(value: datetime.timezone, writer: Writer) -> list[Any]:
    offset = _write_timedelta(value.utcoffset(None), writer)
    name = [value.tzname(None)] if _has_name(value) else []
    return [offset, *_short(name)]


def _has_name(value: datetime.timezone) -> bool:
    return value.tzname(None) != datetime.timezone(value.utcoffset(None)).tzname(None)


def _read_timezone(content: Any, reader: Reader) -> datetime.timezone:
    offset, *name = content
    return datetime.timezone(_read_timedelta(offset, reader), *_short(name))


def _short(name: list[Any]) -> list[str]:
    if len(name) > 1 or any(type(text) is not str or len(text) > MAX_NAME for text in name):
        raise CannotCross(f"a time zone with a name of more than {MAX_NAME} letters: return a time in UTC")
    return name


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


# --- Keras: the rest of it is in `keras_models` ---


def _write_tensor(tensor: Any, writer: Writer) -> list[Any]:
    return wire_numpy.write_array(keras_models.to_array(tensor), writer)


def _read_tensor(content: Any, reader: Reader) -> Any:
    return keras_models.to_tensor(wire_numpy.read_array(content, reader))


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
    *wire_numpy.KINDS,
    Kind("int", _derived(int), _write_integer, _read_integer),
    Kind("float", _derived(float), lambda value, _: float.__repr__(value), lambda text, _: float(text)),
    Kind("complex", exactly(complex), _write_complex, _read_complex),
    Kind("Decimal", exactly(Decimal), _write_decimal, _read_decimal),
    Kind("Fraction", exactly(Fraction), _write_fraction, _read_fraction),
    Kind("str", _derived(str), lambda value, _: str.__str__(value), lambda text, _: str(text)),
    _bytes(bytes, changeable=False),
    _bytes(bytearray, changeable=True),
    _bounds(range),
    _bounds(slice),
    Kind("ellipsis", lambda value: value is ..., lambda value, _: None, lambda content, _: ...),
    Kind("date", exactly(datetime.date), _write_date, _read_date),
    Kind("time", exactly(datetime.time), _write_time, _read_time),
    Kind("datetime", exactly(datetime.datetime), _write_datetime, _read_datetime),
    Kind("timedelta", exactly(datetime.timedelta), _write_timedelta, _read_timedelta),
    Kind("timezone", exactly(datetime.timezone), _write_timezone, _read_timezone),
    Kind("ZoneInfo", exactly(zoneinfo.ZoneInfo), _write_zone, _read_zone),
    *wire_pandas.KINDS,
    Kind("model", keras_models.is_model, keras_models.write_model, keras_models.read_model),
    Kind("history", keras_models.is_history, keras_models.write_history, keras_models.read_history),
    Kind("tensor", keras_models.is_tensor, _write_tensor, _read_tensor),
)
_BY_TAG = {kind.tag: kind for kind in KINDS}
