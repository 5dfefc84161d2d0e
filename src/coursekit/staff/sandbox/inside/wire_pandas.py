"""How values of pandas are written down and read again at the border: times, columns, what names rows, tables.

pandas is imported where the first of its values is read, and not before. No form keeps what comparisons pass over,
which is what pandas calls NA: `(answer == expected).all()` would be true of nothing but missing values.
"""

import datetime
import re
import sys
from collections.abc import Callable
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from coursekit.staff.sandbox.inside.kinds import Kind, whole
from coursekit.staff.sandbox.inside.messages import MAX_BYTES, CannotCross
from coursekit.staff.sandbox.inside.wire_numpy import of_objects

if TYPE_CHECKING:
    from coursekit.staff.sandbox.inside.wire import Reader, Writer

# The rows of a range index take no bytes in a message, but do in memory as soon as somebody asks for them all.
MAX_ROWS = MAX_BYTES // 8
# pandas's names of the frequencies whose dates it finds quickly.
_FREQUENCY = re.compile(r"-?[0-9]{0,6}(ns|us|ms|s|min|h|D|B|W-[A-Z]{3}|B?[MQY][ES](-[A-Z]{3})?)")
# pandas's units, as parts of a second; and the seconds of the years 1 to 9999, beyond which it does not calculate.
_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_YEARS = (-62_135_500_000, 253_402_200_000)
_MISSING = "with missing values, which comparisons pass over: return it with a dtype of numpy, or filled"
_NOTHING = object()


def instead() -> list[tuple[type, str]]:
    """Classes of pandas whose values may not cross, and what to return instead; none while pandas is not loaded."""
    found = [(_class_of_pandas("Period"), "return a Timestamp or a text")]
    found.append((type(_class_of_pandas("NA")), "return None or nan"))
    return found if "pandas" in sys.modules else []


def _class_of_pandas(name: str) -> Any:
    """The class, as issubclass takes it; none while pandas is not loaded."""
    return getattr(sys.modules.get("pandas"), name, ())


def _of_pandas(name: str) -> Callable[[Any], bool]:
    return lambda value: type(value) is _class_of_pandas(name)


# --- points in time, and what lies between two ---


def _write_timestamp(value: Any, writer: "Writer") -> list[Any]:
    return [int(value.to_datetime64().astype("i8")), value.unit, writer.write(value.tzinfo)]


def _read_timestamp(content: Any, reader: "Reader") -> Any:
    import pandas

    number, unit, zone = content
    date, zone = np.datetime64(*_count_of(number, unit)), _zone(zone, reader)
    _check_years(np.asarray([date]), unit)
    stamp = pandas.Timestamp(date)
    return stamp if zone is None else stamp.tz_localize("UTC").tz_convert(zone)


def _write_span(value: Any, writer: "Writer") -> list[Any]:
    return [int(value.to_timedelta64().astype("i8")), value.unit]


def _read_span(content: Any, reader: "Reader") -> Any:
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


def _zone(written: Any, reader: "Reader") -> datetime.tzinfo | None:
    return reader.expect(written, (datetime.tzinfo, NoneType), "a time zone")


def _write_interval(value: Any, writer: "Writer") -> list[Any]:
    return [writer.write(value.left), writer.write(value.right), value.closed]


def _read_interval(content: Any, reader: "Reader") -> Any:
    import pandas

    left, right, closed = content
    return pandas.Interval(reader.read(left), reader.read(right), closed=closed)


def _is_nat(value: Any) -> bool:
    return value is getattr(sys.modules.get("pandas"), "NaT", _NOTHING)


def _read_nat(content: Any, reader: "Reader") -> Any:
    import pandas

    return pandas.NaT


# --- what a Series, an index or a column of a table holds: an array of pandas, in one of these forms ---


def _write_plain(values: Any, writer: "Writer") -> Any:
    found = values.to_numpy()
    return [writer.write(item) for item in found.tolist()] if found.dtype.kind == "O" else writer.write(found)


def _read_plain(content: Any, reader: "Reader") -> Any:
    import pandas

    found = of_objects(reader.items(content)) if isinstance(content, list) else _vector(content, reader)
    if found.dtype.kind not in "biufcO":
        raise CannotCross("a column of unknown form")
    return pandas.arrays.NumpyExtensionArray(found)


def _write_dates(values: Any, writer: "Writer") -> list[Any]:
    found = values.asi8.view(f"{values.dtype.kind}8[{values.unit}]")
    return [writer.write(found), writer.write(getattr(values, "tz", None))]


def _read_dates(content: Any, reader: "Reader") -> Any:
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


def _write_category(values: Any, writer: "Writer") -> list[Any]:
    return [writer.write(np.asarray(values.codes)), writer.write(values.categories), bool(values.ordered)]


def _read_category(content: Any, reader: "Reader") -> Any:
    import pandas

    codes, categories, ordered = content
    kind = pandas.CategoricalDtype(_index(categories, reader), ordered is True)
    return pandas.Categorical.from_codes(_vector(codes, reader), dtype=kind)  # refuses codes of no category


def _write_nullable(values: Any, writer: "Writer") -> Any:
    if values.isna().any():
        raise CannotCross(f"a column of dtype {values.dtype} {_MISSING}")
    return writer.write(_without_nan(values.to_numpy(dtype=values.dtype.numpy_dtype)))


def _read_nullable(content: Any, reader: "Reader") -> Any:
    import pandas

    known = _without_nan(_vector(content, reader))
    kinds: dict[str, Any] = {"b": pandas.arrays.BooleanArray, "f": pandas.arrays.FloatingArray}
    return kinds.get(known.dtype.kind, pandas.arrays.IntegerArray)(known, np.zeros(len(known), bool))


def _without_nan(known: np.ndarray) -> np.ndarray:
    """Of a nan in such a column, pandas makes NA as soon as it calculates with it."""
    if known.dtype.kind == "f" and np.isnan(known).any():
        raise CannotCross(f"a column of dtype Float{known.itemsize * 8} {_MISSING}")
    return known


def _write_texts(values: Any, writer: "Writer") -> list[Any]:
    import pandas

    texts = values.to_numpy(dtype=object, na_value=None).tolist()
    with_na = values.dtype.na_value is pandas.NA
    _check_texts(texts, with_na)
    return [[writer.write(text) for text in texts], values.dtype.storage, with_na]


def _read_texts(content: Any, reader: "Reader") -> Any:
    import pandas

    written, storage, with_na = content
    texts = reader.items(written)
    _check_texts(texts, with_na)
    if storage not in ("python", "pyarrow") or type(with_na) is not bool:
        raise CannotCross("a column of texts of unknown form")
    kind = pandas.StringDtype(storage) if with_na else pandas.StringDtype(storage, np.nan)
    return pandas.array(of_objects(texts), dtype=kind)


def _check_texts(texts: list[Any], with_na: Any) -> None:
    if with_na and None in texts:
        raise CannotCross(f"a column of dtype string {_MISSING}")
    if any(text is not None and type(text) is not str for text in texts):
        raise CannotCross("a column of texts of unknown form")


def _write_intervals(values: Any, writer: "Writer") -> list[Any]:
    return [writer.write(values.left.array), writer.write(values.right.array), values.closed]


def _read_intervals(content: Any, reader: "Reader") -> Any:
    import pandas

    left, right, closed = content
    return pandas.arrays.IntervalArray.from_arrays(_values(left, reader), _values(right, reader), closed)


class _Form(NamedTuple):
    """The classes of pandas.arrays that are written in this form, by name; how, and how they are read again."""

    classes: tuple[str, ...]
    write: Callable[[Any, "Writer"], Any]
    read: Callable[[Any, "Reader"], Any]


_FORMS = {
    "plain": _Form(("NumpyExtensionArray",), _write_plain, _read_plain),
    "dates": _Form(("DatetimeArray", "TimedeltaArray"), _write_dates, _read_dates),
    "category": _Form(("Categorical",), _write_category, _read_category),
    "nullable": _Form(("IntegerArray", "FloatingArray", "BooleanArray"), _write_nullable, _read_nullable),
    "texts": _Form(("StringArray", "ArrowStringArray"), _write_texts, _read_texts),
    "intervals": _Form(("IntervalArray",), _write_intervals, _read_intervals),
}


def _is_column(value: Any) -> bool:
    extensions = getattr(_class_of_pandas("api"), "extensions", None)
    return isinstance(value, getattr(extensions, "ExtensionArray", ()))


def _write_column(values: Any, writer: "Writer") -> list[Any]:
    for name, form in _FORMS.items():
        if type(values).__name__ in form.classes:
            return [name, form.write(values, writer)]
    raise CannotCross(f"values of pandas with dtype {values.dtype}")


def _read_column(content: Any, reader: "Reader") -> Any:
    name, written = content
    return _FORMS[name].read(written, reader)


def _vector(written: Any, reader: "Reader") -> np.ndarray:
    found = reader.read(written)
    if type(found) is not np.ndarray or found.ndim != 1 or found.dtype.kind == "O":
        raise CannotCross("a column of unknown form")
    return found


def _values(written: Any, reader: "Reader") -> Any:
    """A column, as that of which pandas makes a Series or an index without guessing another dtype."""
    import pandas

    column = reader.expect(written, pandas.api.extensions.ExtensionArray, "a column")
    return column.to_numpy() if type(column) is pandas.arrays.NumpyExtensionArray else column


# --- tables, and what names their rows ---


def _write_range_index(index: Any, writer: "Writer") -> list[Any]:
    if len(index) > MAX_ROWS:
        raise CannotCross(f"an index of {len(index):,} rows")
    return [writer.write(index.name), index.start, index.stop, index.step]


def _read_range_index(content: Any, reader: "Reader") -> Any:
    import pandas

    name, *bounds = content
    start, stop, step = whole(bounds)
    if max(map(abs, bounds)) >= 2**63 or len(range(start, stop, step)) > MAX_ROWS:
        raise CannotCross("an index of too many rows")
    return pandas.RangeIndex(start, stop, step, name=reader.read(name))


def _write_multi_index(index: Any, writer: "Writer") -> list[Any]:
    levels = [writer.write(level.rename(None)) for level in index.levels]
    codes = [writer.write(np.asarray(each)) for each in index.codes]
    return [[writer.write(name) for name in index.names], levels, codes]


def _read_multi_index(content: Any, reader: "Reader") -> Any:
    import pandas

    names, levels, codes = content
    return pandas.MultiIndex(  # which refuses codes of no level
        levels=[_index(level, reader) for level in levels],
        codes=[_vector(each, reader) for each in codes],
        names=reader.items(names),
    )


def _write_index(index: Any, writer: "Writer") -> list[Any]:
    column, freq = writer.write(index.array), getattr(index, "freq", None)
    if freq is not None and not _FREQUENCY.fullmatch(freq.freqstr):
        raise CannotCross(f"dates with freq {freq.freqstr!r}: return it with freq = None")
    return [writer.write(index.name), column, None if freq is None else freq.freqstr]


def _read_index(content: Any, reader: "Reader") -> Any:
    import pandas

    name, column, freq = content
    values = _values(column, reader)
    index = pandas.Index(values, dtype=values.dtype, name=reader.read(name), tupleize_cols=False)
    if freq is None:
        return index
    if not _FREQUENCY.fullmatch(freq):
        raise CannotCross("dates with an unknown freq")
    reader.count(len(index))  # each of which pandas may have to find, to compare it
    return type(index)(index, freq=freq)


def _index(written: Any, reader: "Reader") -> Any:
    import pandas

    return reader.expect(written, pandas.Index, "an index")


def _write_series(series: Any, writer: "Writer") -> list[Any]:
    return [writer.write(series.name), writer.write(series.array), writer.write(series.index)]


def _read_series(content: Any, reader: "Reader") -> Any:
    name, column, index = content
    series = _series(column, reader)
    index = _index(index, reader)
    if len(series) != len(index):
        raise CannotCross("a Series whose index does not fit")
    series.index = index
    series.name = reader.read(name)
    return series


def _series(written: Any, reader: "Reader") -> Any:
    import pandas

    values = _values(written, reader)
    return pandas.Series(values, dtype=values.dtype)


def _write_frame(frame: Any, writer: "Writer") -> list[Any]:
    columns = [writer.write(frame.iloc[:, number].array) for number in range(frame.shape[1])]
    return [columns, writer.write(frame.columns), writer.write(frame.index)]


def _read_frame(content: Any, reader: "Reader") -> Any:
    import pandas

    written, names, index = content
    names, index = _index(names, reader), _index(index, reader)
    columns = [_series(column, reader) for column in written]
    if len(columns) != len(names) or any(len(column) != len(index) for column in columns):
        raise CannotCross("a table whose columns do not fit")
    table = pandas.DataFrame(dict(enumerate(columns)), index=pandas.RangeIndex(len(index)))
    table.index, table.columns = index, names
    return table


KINDS = (
    Kind("Timestamp", _of_pandas("Timestamp"), _write_timestamp, _read_timestamp),
    Kind("Timedelta", _of_pandas("Timedelta"), _write_span, _read_span),
    Kind("Interval", _of_pandas("Interval"), _write_interval, _read_interval),
    Kind("NaT", _is_nat, lambda value, _: None, _read_nat),
    Kind("series", _of_pandas("Series"), _write_series, _read_series),
    Kind("frame", _of_pandas("DataFrame"), _write_frame, _read_frame),
    Kind("range index", _of_pandas("RangeIndex"), _write_range_index, _read_range_index),
    Kind("multi index", _of_pandas("MultiIndex"), _write_multi_index, _read_multi_index),
    Kind("index", lambda value: isinstance(value, _class_of_pandas("Index")), _write_index, _read_index),
    Kind("column", _is_column, _write_column, _read_column),
)
