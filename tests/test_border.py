"""What crosses between student and examiner arrives as it was; what may not cross is refused, quickly and by name."""

import collections
import copy
import datetime
import json
import math
import os
import re
import time
import zoneinfo
from pathlib import Path

import numpy as np
import pandas
import pytest
from fixtures.ordinary_values import CROSSES, REFUSED, same
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy

from coursekit.staff.sandbox.inside import wire
from coursekit.staff.sandbox.inside.keras_models import read_model, write_model
from coursekit.staff.sandbox.inside.messages import CannotCross, pack, unpack
from coursekit.staff.sandbox.inside.wire import KINDS, Reader, Writer

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Of this process's own time, on a slow machine; what is meant to stop a grader would take minutes.
SECONDS = 10


def crossed(value):
    """The value as it arrives on the other side."""
    writer = Writer()
    written = writer.write(value)
    header, buffers = unpack(pack(written, writer.buffers))
    return Reader(buffers).read(header)


ZONES = zoneinfo.available_timezones()


def known(zone):
    """Not the copies of all zones under posix/ and right/, which no list of zones names."""
    return zone.key in ZONES


DTYPES = st.one_of(
    of_numpy.boolean_dtypes(),
    of_numpy.integer_dtypes(endianness="?"),
    of_numpy.unsigned_integer_dtypes(endianness="?"),
    of_numpy.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
    of_numpy.complex_number_dtypes(endianness="?", sizes=(64, 128)),
    of_numpy.unicode_string_dtypes(endianness="?", max_len=5),
    of_numpy.byte_string_dtypes(endianness="?", max_len=5),
    of_numpy.datetime64_dtypes(endianness="<"),
    of_numpy.timedelta64_dtypes(endianness="<"),
)
SHAPES = of_numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
ARRAYS = of_numpy.arrays(DTYPES, SHAPES)
HASHABLE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.binary(), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.tuples(inner, inner), st.frozensets(inner, max_size=3)),
    max_leaves=4,
)
RANGES = st.builds(range, st.integers(), st.integers(), st.integers().filter(bool))
LEAVES = st.one_of(
    HASHABLE,
    st.floats(),
    st.complex_numbers(),
    st.integers(min_value=2**60, max_value=2**4000),
    st.binary().map(bytearray),
    st.sets(HASHABLE, max_size=3),
    st.just(...),
    RANGES,
    st.decimals().filter(lambda d: not d.is_finite() or abs(d.as_tuple().exponent) < 1000),
    st.fractions(),
    st.dates(),
    st.timedeltas(),
    st.times(),
    st.datetimes(timezones=st.none() | st.timezones().filter(known) | st.just(datetime.UTC)),
    st.lists(st.none() | st.text(max_size=3) | st.integers() | st.fractions()).map(
        lambda items: np.array([*items, None], dtype=object)
    ),
    st.builds(slice, st.none() | st.integers(), st.none() | st.integers()),
    ARRAYS,
    ARRAYS.filter(lambda array: array.size).map(lambda array: array.flat[0]),
    DTYPES,
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.lists(inner, max_size=4).map(collections.deque),
        st.builds(collections.namedtuple("Pair", "one two"), inner, inner),
        st.builds(collections.deque, st.lists(inner, max_size=4), st.integers(4, 9)),
        st.dictionaries(HASHABLE, inner, max_size=4).map(lambda items: collections.defaultdict(int, items)),
        st.dictionaries(HASHABLE, inner, max_size=4),
        st.dictionaries(HASHABLE, inner, max_size=4).map(collections.OrderedDict),
        st.dictionaries(HASHABLE, st.integers(), max_size=4).map(collections.Counter),
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=300)
@given(VALUES)
def test_plain_data_arrives_with_its_exact_types_and_bits(value):
    assert same(crossed(value), value)


@settings(deadline=None, max_examples=50)
@given(ARRAYS)
def test_an_array_arrives_writable_and_as_a_copy(array):
    arrived = crossed(array)
    assert arrived.flags.writeable and not np.shares_memory(arrived, array)
    assert same(crossed(array.T), array.T)
    assert same(crossed(np.asfortranarray(array)), np.asfortranarray(array))


EDGES = [math.nan, -math.nan, math.inf, -0.0, 5e-324, 1e308, 2**53, -(2**53), 10**300, True, np.bool_(False)]
EDGES += [
    np.float32("nan"),
    np.array(math.nan),
    np.longdouble(1) / 3,
    np.zeros((0, 3)),
    np.zeros((3, 0), "U1"),
]
EDGES += [np.array("text"), np.str_(""), np.dtype(str), np.dtype("<M8[ns]"), "\x00", "\ud800", "é\U0001f600"]
EDGES += [b"", bytearray(b"\xff"), (), {}, [], set(), frozenset(), {math.inf: 1, None: 2, (1, (2.5,)): 3}]
EDGES += [{True: 1}, range(10**50), slice(None)]


@pytest.mark.parametrize("value", EDGES, ids=repr)
def test_a_value_at_the_edge_arrives_as_it_was(value):
    assert same(crossed(value), value)


def test_values_of_a_subclass_arrive_as_their_base_class_says_they_are():
    class Liar(float):
        def __repr__(self):
            return "9.0"

        def __eq__(self, other):
            return True

        __hash__ = float.__hash__

    class Longer(list):
        def __iter__(self):
            return iter([1, 2, 3])

        def __len__(self):
            return 3

    class Odd(dict):
        def items(self):
            return [("right", 1)]

    class Text(str):
        def __str__(self):
            return "right"

    arrived = crossed([Liar(4.5), Longer([7]), Odd(wrong=0), Text("wrong")])
    assert same(arrived, [4.5, [7], {"wrong": 0}, "wrong"])


@pytest.mark.parametrize("name", CROSSES)
def test_an_ordinary_value_arrives_unchanged_there_and_back(name):
    arrived = crossed(CROSSES[name])
    assert same(arrived, CROSSES[name])
    assert same(crossed(arrived), CROSSES[name])


@pytest.mark.parametrize("name", REFUSED)
def test_an_ordinary_value_that_cannot_cross_is_refused_by_name(name):
    value, message = REFUSED[name]
    with pytest.raises(CannotCross, match=re.escape(message)):
        crossed(value)


def test_a_column_without_its_own_dtype_would_be_seen():
    """The comparison of these tests finds what pandas's `==` overlooks."""
    for dtype in ("Int64", "category", "Float64"):
        assert not same(pandas.Series([1, 2]).astype(dtype), pandas.Series([1, 2]))
    days = CROSSES["DatetimeIndex freq D"]
    assert not same(days, pandas.DatetimeIndex(days.to_numpy()))
    assert not same(CROSSES["namedtuple"], tuple(CROSSES["namedtuple"]))


NULLABLE = ["Int8", "UInt64", "Float32", "boolean", "string"]
FILLED = st.tuples(st.sampled_from(NULLABLE), st.lists(st.booleans(), min_size=4, max_size=4))
GAPS = st.lists(st.booleans() | st.none(), min_size=4, max_size=4)
COLUMNS = FILLED | st.tuples(st.sampled_from(["str", "category", "object"]), GAPS)


@settings(deadline=None, max_examples=100)
@given(COLUMNS, COLUMNS, st.integers(0, 4))
def test_a_table_arrives_with_the_dtypes_of_its_columns(one, other, rows):
    table = pandas.DataFrame(index=range(rows))
    for name, (dtype, items) in ((0, one), ("x", other)):
        column = pandas.Series(items[:rows], dtype=object)
        table[name] = column.map(str, na_action="ignore") if dtype in ("str", "string") else column
        table[name] = table[name].astype(dtype)
    assert [str(dtype) for dtype in table.dtypes] == [one[0], other[0]]
    assert same(crossed(table), table)


def test_namedtuples_of_one_class_are_of_one_class_again():
    first, second = crossed(CROSSES["namedtuples"])
    assert type(first) is type(second)
    assert (first.x, second.y, first._asdict()) == (1, 4, {"x": 1, "y": 2})


def test_a_factory_of_a_defaultdict_arrives_with_it():
    arrived = crossed(collections.defaultdict(list))
    arrived["new"].append(1)
    assert arrived == {"new": [1]}


def test_the_page_names_each_kind_that_may_cross():
    page = (Path(__file__).parents[1] / "book" / "instructors.md").read_text()
    table = page.split("| Kind |")[1].split("\n\n")[0]
    named = [tag for row in table.splitlines()[2:] for tag in re.findall("`([^`]+)`", row.split("|")[1])]
    assert sorted(named) == sorted(kind.tag for kind in KINDS)


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_a_random_generator_goes_on_where_it_was(kind):
    rng = np.random.Generator(getattr(np.random, kind)(1))
    rng.random(7)
    arrived = crossed(rng)
    assert arrived.random(1000).tolist() == rng.random(1000).tolist()


class Own:
    pass


def endless():
    found = []
    found.append(found)
    return found


def nested(depth):
    found = []
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (Own(), "an object of type Own, which cannot be checked"),
        ([1, {"a": Own()}], "an object of type Own"),
        (np.array([Own()]), "an object of type Own"),
        (np.array([[1], [1, 2]], dtype=object), "do all rows have the same length?"),
        (np.zeros(2, dtype=[("a", "i4")]), "a numpy array of dtype [('a', '<i4')]"),
        (nested(65), "nested more than 64 deep"),
        (endless(), "one that contains itself"),
        (1 << 100_000, "an integer of 100,001 bits"),
        (range(1 << 100_000), "an integer of 100,001 bits"),
        ([0] * 2_000_001, "more than 2,000,000 values at once; use a numpy array"),
        (np.broadcast_to(np.zeros(1), (10**6, 10**3)), "a numpy array of 8,000 MB"),
        (open, "an object of type builtin_function_or_method"),
    ],
    ids=[
        *("own", "own inside", "array of objects", "ragged", "structured", "deep", "endless"),
        *("long integer", "long range", "many", "huge array", "function"),
    ],
)
def test_what_may_not_cross_is_refused_with_the_reason(value, what):
    with pytest.raises(CannotCross) as refused:
        crossed(value)
    assert what in str(refused.value)


def test_more_than_may_cross_at_once_is_refused():
    with pytest.raises(CannotCross, match="300 MB at once; at most 256 MB may cross"):
        pack(None, [bytes(150_000_000), bytes(150_000_000)])


# --- hostile messages ---


def refused_or_read(message):
    """Take in a message as from a student; anything but CannotCross is an error, and so is taking long."""
    started = time.process_time()
    try:
        header, buffers = unpack(message)
        Reader(buffers).read(header)
    except CannotCross as refused:
        assert len(str(refused)) < 1000
    assert time.process_time() - started < SECONDS


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200))
def test_random_bytes_are_refused(message):
    with pytest.raises(CannotCross, match="a damaged message"):
        unpack(message)


@settings(deadline=None, max_examples=150)
@given(VALUES, st.randoms(use_true_random=False))
def test_a_message_with_changed_bytes_is_read_or_refused(value, rng):
    writer = Writer()
    message = bytearray(pack(writer.write(value), writer.buffers))
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(message))
        message[at : at + rng.randint(0, 3)] = rng.randbytes(rng.randint(0, 3))
    refused_or_read(bytes(message))


OF_KERAS = ("model", "history", "tensor")
TAGS = [kind.tag for kind in KINDS if kind.tag not in OF_KERAS]
TAGS += [kind for kind in ("plain", "dates", "category", "nullable", "texts", "intervals")]
TAGS += ["first", "again", "known", "unknown", "__class__"]
DTYPE_NAMES = [
    "<f8",
    "|b1",
    "<U0",
    "<U3",
    "|S0",
    "|S5",
    "<M8[ns]",
    "<M8",
    "<m8[7D]",
    "|O",
    "O",
    "|V8",
    "<f3",
    "g",
]
DTYPE_NAMES += ["<c32", "<U999999", "f8,f8", "<M8[xx]", "=i4", ""]
GENERATORS = ["PCG64", "MT19937", "Philox", "SFC64", "seed", "RandomState", "__class__"]
SIZES = st.one_of(st.integers(-2, 5), st.sampled_from([2**31, 2**62, 2**63, 2**64, 10**30, -(2**63)]))
HOSTILE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        SIZES,
        st.floats(),
        st.text(max_size=4),
        st.sampled_from([*DTYPE_NAMES, *GENERATORS, "0x" + "f" * 30_000, "-0x1p9999", "nan", "9" * 5000]),
        st.fixed_dictionaries({"bit_generator": st.sampled_from(GENERATORS), "state": st.none()}),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(TAGS), inner, min_size=1, max_size=2),
        st.builds(lambda tag, content: {tag: content}, st.sampled_from(TAGS), st.lists(inner, max_size=4)),
        st.builds(
            lambda tag, *content: {tag: content},
            st.sampled_from(["array", "scalar"]),
            st.sampled_from(DTYPE_NAMES),
            st.lists(SIZES, max_size=4),
            SIZES,
        ),
    ),
    max_leaves=12,
)
BUFFERS = st.lists(st.binary(max_size=40), max_size=3)


@settings(deadline=None, max_examples=500)
@given(HOSTILE, BUFFERS)
def test_json_of_about_the_right_shape_is_read_or_refused(header, buffers):
    refused_or_read(pack(header, buffers))


def places(tree):
    """Each list or dict of a header, with a key of it."""
    for key in tree if isinstance(tree, dict) else range(len(tree)):
        yield tree, key
        if isinstance(tree[key], dict | list):
            yield from places(tree[key])


@settings(deadline=None, max_examples=300)
@given(st.sampled_from([name for name in CROSSES if name != "None"]), st.data())
def test_an_ordinary_value_with_a_changed_part_is_read_or_refused(name, data):
    writer = Writer()
    written = {"list": [copy.deepcopy(writer.write(CROSSES[name])), 1]}
    for _ in range(data.draw(st.integers(1, 3))):
        tree, key = data.draw(st.sampled_from(list(places(written))))
        new = copy.deepcopy(data.draw(HOSTILE | st.sampled_from([*PARTS, written])))
        if isinstance(tree, dict) and data.draw(st.booleans()):
            tree[data.draw(st.sampled_from(TAGS))] = tree.pop(key)
        else:
            tree[key] = new
    refused_or_read(pack(written, writer.buffers))


PARTS = [
    "left",
    "both",
    "python",
    "pyarrow",
    "ns",
    "D",
    "ME",
    "-999999B",
    "Europe/Berlin",
    "../UTC",
    "Europe",
]
PARTS += [
    [2**62, "s", None],
    -(2**63),
    {"index": [None, {"column": ["plain", [1, "a"]]}, None]},
    "a" * 200,
    "1E+999999",
    "def",
]


def raw(text, *buffers):
    """A message with this JSON text, whatever it says."""
    return b"".join([len(text).to_bytes(8, "big"), text, *buffers])


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\0\0\0",
        bytes(8),
        (2**63).to_bytes(8, "big") + b"{}",
        raw(b"[]"),
        raw(b"null"),
        raw(b'{"header": 1}'),
        raw(b'{"sizes": []}'),
        raw(b'{"header": 1, "sizes": {}}'),
        raw(b'{"header": 1, "sizes": ["1"]}'),
        raw(b'{"header": 1, "sizes": [true]}', b"x"),
        raw(b'{"header": 1, "sizes": [1.0]}', b"x"),
        raw(b'{"header": 1, "sizes": [-1, 1]}'),
        raw(b'{"header": 1, "sizes": [1]}'),
        raw(b'{"header": 1, "sizes": []}', b"x"),
        raw(b'{"header": 1, "sizes": [99999999999999999999999]}'),
        raw(b'{"header": "\xff", "sizes": []}'),
        raw(b'{"header": ' + b"9" * 5000 + b', "sizes": []}'),
        raw(b'{"header": ' + b"[" * 100_000 + b"]" * 100_000 + b', "sizes": []}'),
        raw(b'{"header": ' + b'{"list":' * 100_000 + b"1" + b"}" * 100_000 + b', "sizes": []}'),
    ],
    ids=range(20),
)
def test_a_message_of_wrong_form_or_sizes_is_refused_quickly(message):
    started = time.process_time()
    with pytest.raises(CannotCross, match="a damaged message"):
        unpack(message)
    assert time.process_time() - started < SECONDS


def test_a_namedtuple_of_the_students_has_no_methods():
    """Otherwise `assert answer.equals(expected)` would ask the student."""

    def resolve(content, reader):
        return lambda other: True

    written = {"namedtuple": ["Answer", ["equals"], [{"known": {"function": 1}}]]}
    with pytest.raises(CannotCross, match="a namedtuple Answer that holds a function"):
        Reader([], resolve).read(written)
    assert Reader([], resolve, trusted=True).read(written).equals(1)


def test_more_classes_of_namedtuples_than_may_be_are_refused(monkeypatch):
    monkeypatch.setattr(wire, "MAX_CLASSES", len(wire._CLASSES) + 1)
    Reader([]).read({"namedtuple": ["New", ["only_here"], [1]]})
    with pytest.raises(CannotCross, match="one class too many"):
        Reader([]).read({"namedtuple": ["New", ["and_here"], [1]]})


def test_each_date_that_pandas_would_have_to_find_counts_as_a_value(monkeypatch):
    """Of dates that do not follow from their freq, a message of a few bytes would otherwise take hours."""
    writer = Writer()
    written = {"list": [writer.write(CROSSES["DatetimeIndex freq D"])] * 10}
    buffers = [memoryview(buffer) for buffer in writer.buffers]
    assert len(Reader(buffers).read(written)) == 10
    monkeypatch.setattr(wire, "MAX_VALUES", 30)
    with pytest.raises(CannotCross, match="more values than may cross"):
        Reader(buffers).read(written)


def test_the_columns_of_a_table_count_as_values(monkeypatch):
    monkeypatch.setattr(wire, "MAX_VALUES", 1000)
    empty, names = {"column": ["plain", []]}, {"range index": [None, 0, 10_000, 1]}
    with pytest.raises(CannotCross, match="more values than may cross"):
        Reader([]).read({"frame": [[empty] * 10_000, names, {"range index": [None, 0, 0, 1]}]})


@pytest.mark.parametrize("error", [SyntaxError, SystemError, pandas.errors.InvalidIndexError, StopIteration])
def test_whatever_a_library_raises_is_a_damaged_value_and_no_error_of_the_answer(monkeypatch, error):
    def fails(content, reader):
        raise error("no")

    monkeypatch.setitem(wire._BY_TAG, "range", wire._BY_TAG["range"]._replace(read=fails))
    with pytest.raises(CannotCross, match=f"a damaged value .{error.__name__}: no"):
        Reader([]).read({"list": [{"range": []}]})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.ma.array([1.0, 9.0], mask=[False, True]), [1.0, 2.0]),
        (pandas.Series([None, None], dtype="Int64"), [1, 2]),
        (pandas.Series([None, None], dtype="string"), ["a", "b"]),
        (pandas.Series(pandas.arrays.FloatingArray(np.full(2, np.nan), np.zeros(2, bool))), [1, 2]),
    ],
    ids=["masked", "Int64", "string", "nan in Float64"],
)
def test_what_comparisons_pass_over_does_not_cross(value, expected):
    """Each of these is wrong, and an ordinary test of it passes where it is seen."""
    if isinstance(value, np.ma.MaskedArray):
        assert value.shape == (2,) and np.allclose(value, expected)
    elif value.dtype == "Float64":
        assert ((value - expected).abs() < 1e-6).all()
    else:
        assert (value == expected).all()
    with pytest.raises(CannotCross, match="pass over"):
        crossed(value)


def test_zones_come_from_the_list_of_zones_and_from_no_path(monkeypatch):
    asked = []
    monkeypatch.setattr(zoneinfo, "ZoneInfo", asked.append)
    for name in ("../UTC", "/usr/share/zoneinfo/UTC", "Europe", "coursekit", "tzdata", "", "UTC\0"):
        with pytest.raises(CannotCross, match="an unknown time zone"):
            Reader([]).read({"ZoneInfo": name})
    assert asked == []


COLUMN = {"column": ["plain", [1]]}
RANGE_OF_TWO = {"range index": [None, 0, 2, 1]}


def deep(tag, levels):
    written = None
    for _ in range(levels):
        written = {tag: [written]}
    return written


@pytest.mark.parametrize(
    ("header", "buffers"),
    [
        ({"array": ["|O", [1], 0]}, [bytes(8)]),
        ({"array": ["O", [1], 0]}, [bytes(8)]),
        ({"array": ["|V8", [1], 0]}, [bytes(8)]),
        ({"array": ["f8,O", [1], 0]}, [bytes(16)]),
        ({"array": ["<f8", [2], 0]}, [bytes(8)]),
        ({"array": ["<f8", [-1], 0]}, [bytes(8)]),
        ({"array": ["<f8", [2**62, 4], 0]}, [b""]),
        ({"array": ["<f8", [0, 2**62], 0]}, [b""]),
        ({"array": ["<f8", [10**30, 0], 0]}, [b""]),
        ({"array": ["<U0", [10**11], 0]}, [b""]),
        ({"array": ["|S0", [2**62], 0]}, [b""]),
        ({"array": ["<U999999", [10**5], 0]}, [b""]),
        ({"array": ["<f8", [True], 0]}, [bytes(8)]),
        ({"array": ["<f8", [1.0], 0]}, [bytes(8)]),
        ({"array": ["<f8", [1] * 33, 0]}, [bytes(8)]),
        ({"array": ["<f8", [1], 1]}, [bytes(8)]),
        ({"array": ["<f8", [1], -1]}, [bytes(8)]),
        ({"array": ["<f8", [1], True]}, [bytes(8), bytes(8)]),
        ({"array": ["<f8", [1]]}, [bytes(8)]),
        ({"array": [["<f8"], [1], 0]}, [bytes(8)]),
        ({"bytes": 0}, []),
        ({"int": "0x" + "f" * 10**6}, []),
        ({"int": 5}, []),
        ({"int": "9g9"}, []),
        ({"float": "one"}, []),
        ({"float": [1]}, []),
        ({"complex": ["0x1p99999", "0x0p0"]}, []),
        ({"set": [{"list": []}]}, []),
        ({"dict": [[1]]}, []),
        ({"dict": [[{"dict": []}, 1]]}, []),
        ({"Counter": 5}, []),
        ({"list": "text"}, []),
        ({"list": {}}, []),
        ({"range": [1, 2, 0]}, []),
        ({"range": ["x"]}, []),
        ({"slice": [1, 2, 3, 4]}, []),
        ({"dtype": "|O"}, []),
        ({"dtype": 5}, []),
        ({"generator": {"dict": [["bit_generator", "seed"]]}}, []),
        ({"generator": {"dict": [["bit_generator", "PCG64"], ["state", None]]}}, []),
        ({"frame": [[], [None, None]]}, []),
        ({"frame": [[["x", {"list": [1]}]], [None, {"list": [1, 2]}]]}, []),
        ({"series": [None, 1, [None, 2]]}, []),
        ({"deque": [-1, []]}, []),
        ({"deque": [10**30, []]}, []),
        ({"defaultdict": ["eval", []]}, []),
        ({"defaultdict": [5, []]}, []),
        ({"namedtuple": ["A", ["x"], []]}, []),
        ({"namedtuple": ["A", ["x y"], [1]]}, []),
        ({"namedtuple": ["A", ["__class__"], [1]]}, []),
        ({"namedtuple": ["A", ["x", "x"], [1, 2]]}, []),
        ({"namedtuple": ["A", ["fi", "\ufb01"], [1, 2]]}, []),
        ({"namedtuple": ["A", ["\uff2eone"], [1]]}, []),
        ({"namedtuple": ["def", ["x"], [1]]}, []),
        ({"namedtuple": ["A", "xy", [1]]}, []),
        ({"namedtuple": ["A", [["x"]], [1]]}, []),
        ({"namedtuple": ["A", ["x=print(1)"], [1]]}, []),
        ({"namedtuple": ["A(print(1))", ["x"], [1]]}, []),
        ({"namedtuple": ["A" * 10**6, ["x"], [1]]}, []),
        ({"namedtuple": ["A", [f"x{n}" for n in range(10**5)], [1] * 10**5]}, []),
        ({"Decimal": "9" * 10**7}, []),
        ({"Decimal": "1E+999999"}, []),
        ({"Decimal": "1E-999999"}, []),
        ({"Decimal": "1E+9999999999999999999"}, []),
        ({"Decimal": "one"}, []),
        ({"Decimal": 5}, []),
        ({"Fraction": ["0x1", "0x0"]}, []),
        ({"Fraction": ["0x" + "f" * 10**6, "0x3"]}, []),
        ({"date": [2024, 2, 30]}, []),
        ({"date": [10**30, 1, 1]}, []),
        ({"date": "\x07\xe8\x02\x02"}, []),
        ({"time": [[1, 2, 3, 4, 5], None]}, []),
        ({"datetime": [[2024, 1, 1], [0, 0, 0, 0, 0], "UTC"]}, []),
        ({"timedelta": [10**10, 0, 0]}, []),
        ({"timezone": [[9, 0, 0]]}, []),
        ({"timezone": [[0, 60, 0], "x" * 10**6]}, []),
        ({"ZoneInfo": "../../../etc/passwd"}, []),
        ({"ZoneInfo": "/etc/localtime"}, []),
        ({"ZoneInfo": "Europe"}, []),
        ({"ZoneInfo": "zone.tab"}, []),
        ({"ZoneInfo": ["UTC"]}, []),
        ({"objects": [[2**62], []]}, []),
        ({"objects": [[0, 2**62], []]}, []),
        ({"objects": [[1], [{"list": [1]}]]}, []),
        ({"objects": [[2], [1]]}, []),
        ({"Timestamp": [2**62, "s", None]}, []),
        ({"Timestamp": [0, "Y", None]}, []),
        ({"Timestamp": [0, "ns", "Europe/Berlin"]}, []),
        ({"Timedelta": [2**70, "ns"]}, []),
        ({"Interval": [2, 1, "left"]}, []),
        ({"Interval": [1, 2, "every"]}, []),
        ({"range index": [None, 0, 10**12, 1]}, []),
        ({"range index": [None, 0, 256_000_000, 1]}, []),
        ({"range index": [None, 0, 10**30, 10**28]}, []),
        ({"range index": [None, 0, 1, 0]}, []),
        (
            {"multi index": [[None], [{"range index": [None, 0, 2, 1]}], [{"array": ["|i1", [1], 0]}]]},
            [b"\x05"],
        ),
        ({"column": ["plain", {"array": ["<M8[ns]", [1], 0]}]}, [bytes(8)]),
        ({"column": ["plain", {"array": ["<f8", [1, 1], 0]}]}, [bytes(8)]),
        ({"column": ["dates", [{"array": ["<M8[D]", [1], 0]}, None]]}, [bytes(8)]),
        (
            {"column": ["category", [{"array": ["|i1", [1], 0]}, {"range index": [None, 0, 2, 1]}, False]]},
            [b"\x05"],
        ),
        ({"column": ["nullable", {"array": ["<M8[ns]", [1], 0]}]}, [bytes(8)]),
        ({"column": ["nullable", {"array": ["<f8", [1], 0]}]}, [b"\xff" * 8]),
        ({"column": ["nullable", [1]]}, []),
        ({"column": ["texts", [[1], "python", True]]}, []),
        ({"column": ["texts", [["a"], "rust", True]]}, []),
        ({"column": ["texts", [[None], "python", True]]}, []),
        ({"column": ["texts", [[None], "python", 1]]}, []),
        ({"column": ["intervals", [RANGE_OF_TWO, RANGE_OF_TWO, "left"]]}, []),
        ({"column": ["intervals", [COLUMN, COLUMN, "every"]]}, []),
        ({"column": ["unknown", []]}, []),
        ({"index": [None, {"column": ["dates", [{"array": ["<M8[ns]", [2], 0]}, None]]}, "D"]}, [bytes(16)]),
        ({"index": [None, {"column": ["dates", [{"array": ["<M8[ns]", [1], 0]}, None]]}, "bh"]}, [bytes(8)]),
        (
            {"index": [None, {"column": ["dates", [{"array": ["<M8[ns]", [1], 0]}, None]]}, "D; import os"]},
            [bytes(8)],
        ),
        ({"index": [None, COLUMN, "D"]}, []),
        ({"index": [None, {"list": [1]}, None]}, []),
        ({"series": [None, COLUMN, RANGE_OF_TWO]}, []),
        ({"series": [None, 5, RANGE_OF_TWO]}, []),
        ({"series": [None, COLUMN, 5]}, []),
        ({"series": [{"list": []}, COLUMN, {"range index": [None, 0, 1, 1]}]}, []),
        ({"frame": [[COLUMN], {"range index": [None, 0, 1, 1]}, RANGE_OF_TWO]}, []),
        (
            {"frame": [[{"list": [1]}], {"range index": [None, 0, 1, 1]}, {"range index": [None, 0, 1, 1]}]},
            [],
        ),
        ({"frame": [[], {"range index": [None, 0, 1, 1]}, {"range index": [None, 0, 9, 1]}]}, []),
        ({"known": 1}, []),
        ({"unknown": 1}, []),
        ({"__class__": 1}, []),
        ({"int": "9", "float": "9"}, []),
        ({}, []),
        ([], []),
        ([1], []),
        (deep("list", 200), []),
        (deep("tuple", 300), []),
        ({"list": [{"list": [0] * 10_000}] * 500}, []),
    ],
    ids=lambda part: json.dumps(part)[:60] if not isinstance(part, list) else "",
)
def test_a_hostile_value_is_refused_quickly(header, buffers):
    started = time.process_time()
    with pytest.raises(CannotCross):
        Reader([memoryview(b) for b in buffers]).read(header)
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("MT19937", {"pos": 10**6}),
        ("MT19937", {"pos": -1}),
        ("Philox", {"buffer_pos": -100}),
        ("Philox", {"buffer_pos": 10**6}),
        ("MT19937", {"key": np.zeros(3, np.uint32)}),
        ("Philox", {"buffer": np.zeros(1, np.uint64)}),
        ("SFC64", {"state": np.zeros(1, np.uint64)}),
        ("PCG64", {"inc": -1}),
        ("PCG64", {"state": 2**200}),
        ("PCG64", {"has_uint32": 2**40}),
    ],
    ids=str,
)
def test_a_state_with_which_a_random_generator_would_read_foreign_memory_is_refused(kind, changed):
    state = getattr(np.random, kind)(1).state
    for place in (state, state["state"]):
        place.update({key: value for key, value in changed.items() if key in place})
    writer = Writer()
    written = {"generator": writer.write(state)}
    with pytest.raises(CannotCross):
        Reader([memoryview(b) for b in writer.buffers]).read(written)


# --- Keras ---


@pytest.fixture(scope="module")
def keras():
    """The library, which takes seconds to load."""
    import keras

    return keras


X = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3)
Y = np.arange(8) % 2


def sequential(keras):
    """A Sequential model with a layer that is trained, one that is frozen, and one that counts while training."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4, activation="relu", kernel_regularizer=keras.regularizers.L2(0.01)),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(2, activation="softmax", name="last"),
        ],
        name="small",
    )
    model.layers[0].trainable = False
    return model


def functional(keras):
    """A functional model with two inputs, a layer that is used twice, and two outputs."""
    keras.utils.set_random_seed(4)
    one, two = keras.Input((3,), name="one"), keras.Input((3,), name="two")
    shared = keras.layers.Dense(4, activation="tanh")
    joined = keras.layers.Concatenate()([shared(one), shared(two)])
    return keras.Model([one, two], [keras.layers.Dense(1)(joined), keras.layers.Dense(2)(joined)])


def compiled(keras, optimizer="adam"):
    """The Sequential model, compiled and trained for a step or two."""
    model = sequential(keras)
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(k=1, name="top")],
    )
    model.fit(X, Y, batch_size=4, verbose=0, shuffle=False)
    return model


def test_a_sequential_model_arrives_with_its_layers_weights_and_frozen_layers(keras):
    model = sequential(keras)
    arrived = crossed(model)
    assert type(arrived) is keras.Sequential
    assert json.dumps(arrived.get_config()) == json.dumps(model.get_config())
    assert [w.name for w in arrived.trainable_weights] == [w.name for w in model.trainable_weights]
    assert [layer.trainable for layer in arrived.layers] == [False, True, True, True]
    assert same(arrived.get_weights(), model.get_weights())
    np.testing.assert_array_equal(arrived(X), model(X))


def test_a_layer_that_was_adapted_arrives_with_what_it_learnt(keras):
    scaling = keras.layers.Normalization()
    scaling.adapt(100 + 10 * X)
    model = keras.Sequential([keras.Input(X.shape[1:]), scaling, keras.layers.Dense(2)])
    inner = keras.Sequential([keras.Input(X.shape[1:]), model])
    for each in (model, inner):
        np.testing.assert_allclose(crossed(each)(X), each(X), rtol=1e-6)


def test_a_functional_model_arrives_with_its_graph(keras):
    model = functional(keras)
    arrived = crossed(model)
    assert type(arrived) is type(model)
    assert arrived.count_params() == model.count_params()
    for one, other in zip(arrived([X, -X]), model([X, -X]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_convolutional_and_a_recurrent_model_arrive(keras):
    layers = keras.layers
    pictures = keras.Sequential([keras.Input((8, 8, 1)), layers.Rescaling(1 / 255)])
    for layer in (
        layers.Conv2D(2, 3),
        layers.ReLU(),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(1),
    ):
        pictures.add(layer)
    words = keras.Sequential(
        [keras.Input((5,)), layers.Embedding(9, 3), layers.Bidirectional(layers.LSTM(2)), layers.Dense(1)]
    )
    for model, x in ((pictures, np.ones((2, 8, 8, 1))), (words, np.ones((2, 5)))):
        np.testing.assert_array_equal(crossed(model)(x), model(x))


def test_a_compiled_model_arrives_with_loss_metrics_and_the_state_of_its_optimizer(keras):
    model = compiled(keras, keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.9)))
    arrived = crossed(model)
    assert arrived.optimizer.get_config() == model.optimizer.get_config()
    assert [np.asarray(v).tolist() for v in arrived.optimizer.variables] == [
        np.asarray(v).tolist() for v in model.optimizer.variables
    ]
    assert int(arrived.optimizer.iterations.numpy()) == 2
    ours, theirs = (m.evaluate(X, Y, verbose=0, return_dict=True) for m in (arrived, model))
    assert ours == pytest.approx(theirs)
    assert {"loss", "accuracy", "top"} == set(ours)


def test_a_model_that_was_trained_further_brings_its_news_into_the_copy(keras):
    model = compiled(keras, "sgd")
    arrived = crossed(model)
    model.fit(X, Y, verbose=0)
    writer = Writer()
    written = write_model(model, writer)
    again = read_model(written, Reader([memoryview(b) for b in writer.buffers]), into=arrived)
    assert again is arrived
    assert same(arrived.get_weights(), model.get_weights())


def test_a_history_and_tensors_arrive(keras):
    model = sequential(keras)
    model.compile(loss="sparse_categorical_crossentropy")
    history = model.fit(X, Y, epochs=3, verbose=0)
    arrived = crossed(history)
    assert type(arrived) is keras.callbacks.History
    assert (arrived.history, arrived.epoch) == (history.history, [0, 1, 2])
    tensor = crossed(keras.ops.convert_to_tensor(X))
    assert keras.ops.is_tensor(tensor)
    np.testing.assert_array_equal(tensor, X)


def outsiders(keras):
    """Models that nobody but their maker can build again, with the reason why they are refused."""
    layers = keras.layers

    class Own(layers.Layer):
        def call(self, x):
            return x

    @keras.saving.register_keras_serializable("own")
    class Registered(layers.Dense):
        pass

    @keras.saving.register_keras_serializable("own")
    def registered_activation(x):
        return x

    class OwnModel(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = layers.Dense(1)

        def call(self, x):
            return self.inner(x)

    def loss(y, p):
        return keras.ops.mean(p)

    def one(layer):
        return keras.Sequential([keras.Input((3,)), layer])

    own_model = OwnModel()
    own_model(X)
    return {
        "lambda layer": (one(layers.Lambda(lambda x: x)), "'keras.layers'.'Lambda'"),
        "own layer": (one(Own()), ".'Own'; only layers of Keras itself can"),
        "registered layer": (one(Registered(2)), ".'Registered'; only layers of Keras itself can"),
        "lambda as activation": (
            one(layers.Dense(1, activation=lambda x: x)),
            "a lambda; functions of Keras",
        ),
        "own activation": (one(layers.Dense(1, activation=loss)), "a function of its own, 'loss'"),
        "registered activation": (one(layers.Dense(1, activation=registered_activation)), "'own>registered_"),
        "own model": (own_model, "OwnModel"),
        "not built": (keras.Sequential([layers.Dense(1)]), "a Keras model without weights so far"),
        "vocabulary": (one(layers.Hashing(2)), "'Hashing'"),
    }


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
def test_models_with_code_of_their_own_are_refused_with_the_reason(keras):
    found = {}
    for name, (model, reason) in outsiders(keras).items():
        with pytest.raises(CannotCross) as refused:
            crossed(model)
        if reason not in str(refused.value):
            found[name] = str(refused.value)
    assert found == {}


def written_model(keras):
    """A written model of one layer: its configuration, and what else is written of it."""
    writer = Writer()
    text, *rest = write_model(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]), writer)
    return json.loads(text), rest, [memoryview(b) for b in writer.buffers]


def dense(config):
    return config["config"]["layers"][1]


def changes():
    """Ways in which a hostile student could write a configuration, and what the refusal says."""

    def layer(**entries):
        return lambda config: dense(config).update(entries)

    def setting(**entries):
        return lambda config: dense(config)["config"].update(entries)

    def named(name, module="builtins", registered=None):
        return {"class_name": "function", "module": module, "config": name, "registered_name": registered}

    lambda_ = {"class_name": "__lambda__", "config": {"value": "4wEA"}, "module": "builtins"}
    return {
        "foreign class": (layer(module="os", class_name="system"), "'os'.'system'"),
        "foreign module": (
            layer(module="keras.src.utils", class_name="Dense"),
            "only layers of Keras itself",
        ),
        "private path": (layer(module="keras.layers", class_name="Dense.__init__"), "only layers"),
        "no module": (layer(module=None), "an object of unknown origin"),
        "no module at all": (lambda config: dense(config).pop("module"), "an object of unknown origin"),
        "registered": (layer(registered_name="own>Dense"), "a class of its own, 'own>Dense'"),
        "lambda layer": (layer(class_name="Lambda"), "Lambda"),
        "a layer that reads files": (layer(class_name="TFSMLayer"), "TFSMLayer"),
        "a vocabulary": (layer(class_name="StringLookup"), "StringLookup"),
        "eval": (setting(activation=named("eval")), "'eval'"),
        "import": (setting(kernel_initializer=named("__import__")), "'__import__'"),
        "foreign function": (setting(activation=named("system", "os")), "a function of its own, 'system'"),
        "path": (setting(activation=named("os.system")), "a function of its own"),
        "lambda": (setting(activation=lambda_), "a lambda"),
        "lambda's code": (setting(activation={"value": ["4wEA", None, None]}), "a lambda"),
        "model as a function": (layer(class_name="function"), "a function of its own"),
        "absurd units": (setting(units=10**9), "units=1,000,000,000"),
        "many units": (setting(units=10**6), "its weights do not fit its layers"),
        "huge number": (setting(kernel_regularizer=10**40), "too large"),
        "no number": (setting(units="2"), "cannot be built again"),
        "negative units": (setting(units=-2), "cannot be built again"),
        "unknown setting": (setting(nonsense=1), "cannot be built again"),
        "other weights": (setting(units=3), "its weights do not fit its layers"),
        "other class": (lambda config: config.update(class_name="Model"), "of the class 'Model'"),
        "a layer for a model": (lambda config: config.update(dense(config)), "of the class 'Dense'"),
        "many layers": (
            lambda config: config["config"].update(layers=config["config"]["layers"] * 300),
            "more than 500 layers",
        ),
        "deep": (lambda config: config["config"].update(name=nested(200)), "nested too deep"),
    }


@pytest.mark.parametrize("name", changes())
def test_a_hostile_configuration_is_refused_quickly_with_the_reason(keras, name):
    change, reason = changes()[name]
    config, rest, buffers = written_model(keras)
    change(config)
    started = time.process_time()
    with pytest.raises(CannotCross) as refused:
        Reader(buffers).read({"model": [json.dumps(config), *rest]})
    assert time.process_time() - started < SECONDS
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        [],
        ["{}", {"list": []}, None, 0, [], None],
        ["[]", {"list": []}, None, 0, [], None],
        ["null", {"list": []}, None, 0, [], None],
        ["{", {"list": []}, None, 0, [], None],
        ["[" * 100_000, {"list": []}, None, 0, [], None],
        [5, {"list": []}, None, 0, [], None],
        [None, None, None, 0, [], None],
        ["CONFIG", {"list": []}, None, 0, [], None],
        ["CONFIG", {"list": [1, 2]}, None, 0, [], None],
        ["CONFIG", 5, None, 0, [], None],
        ["CONFIG", "WEIGHTS", 5, 0, [], None],
        ["CONFIG", "WEIGHTS", None],
        ["CONFIG", {"list": [{"array": ["<U1", [3, 2], 2]}, {"array": ["<f4", [2], 1]}]}, None, 0, [], None],
        ["CONFIG", "WEIGHTS", None, 0, 5, None],
        ["CONFIG", "WEIGHTS", None, 0, [], 5],
        ["CONFIG", "WEIGHTS", None, 0, [], {"list": []}],
        ["CONFIG", "WEIGHTS", None, 0, [], {"list": [{"array": ["<f4", [2], 1]}]}],
    ],
    ids=range(18),
)
def test_a_model_with_wrong_weights_or_of_wrong_form_is_refused(keras, content):
    config, rest, buffers = written_model(keras)
    known = {"CONFIG": json.dumps(config), "WEIGHTS": rest[0]}
    written = [known.get(part, part) if isinstance(part, str) else part for part in content]
    with pytest.raises(CannotCross):
        Reader([*buffers, memoryview(bytes(24))]).read({"model": written})


@pytest.mark.parametrize(
    "header",
    [
        {"tensor": ["<M8[s]", [1], 1]},
        {"tensor": ["<f8", [2], 1]},
        {"history": []},
        {"history": 5},
        {"history": [{"list": 5}, None]},
    ],
    ids=json.dumps,
)
def test_a_hostile_tensor_or_history_is_refused(keras, header):
    with pytest.raises(CannotCross):
        Reader([memoryview(bytes(12)), memoryview(bytes(8))]).read(header)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(OF_KERAS), HOSTILE | st.lists(HOSTILE, max_size=4), BUFFERS)
def test_what_claims_to_be_of_keras_is_read_or_refused(keras, tag, content, buffers):
    refused_or_read(pack({tag: content}, buffers))
