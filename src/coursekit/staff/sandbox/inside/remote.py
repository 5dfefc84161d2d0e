"""One end of the border between student and examiner: what is not sent but pointed at, and calls across.

Functions stay where they were defined; the other side gets a stand-in that calls them. A Keras model lives on
both sides, and its state crosses when it has changed. Arguments are copies; what a function did to them in place
is told to the side that called it, which may do the same to its own.
"""

import builtins
import collections
import dataclasses
import hashlib
import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from coursekit.staff.sandbox.inside import keras_models, shell
from coursekit.staff.sandbox.inside.messages import CannotCross, pack
from coursekit.staff.sandbox.inside.wire import MAX_DEPTH, Reader, Writer

# What an answer may change in its arguments; and tables of pandas, see `_is_mutable`.
MUTABLE = (
    *(list, dict, set, bytearray, np.ndarray, np.random.Generator),
    *(collections.deque, collections.OrderedDict, collections.Counter, collections.defaultdict),
)
ERRORS = {
    name: value
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception)
}
# A stand-in carries the handle of the function that it stands for in this attribute.
STANDS_FOR = "_coursekit_stands_for"
# The numbers of the functions of one process follow this many times the number of the process.
NUMBERS_A_PROCESS = 10**9
# So many objects inside of arguments stay the same ones when a call changes them in place; others become new ones.
MAX_NUMBERED = 1_000
MISSING = object()


@dataclasses.dataclass
class Handle:
    """A function of the other side.

    process: the number of the process in which it lives. number: what that process knows it by. label: what messages
    call it. name: one that it has at the top level of that side's cells, if it has one there.
    """

    process: int
    number: int
    label: str
    name: str = ""


def handle_of(value: Any) -> Handle | None:
    """What a stand-in stands for; None for anything else."""
    found = vars(value).get(STANDS_FOR) if isinstance(value, types.FunctionType) else None
    return found if isinstance(found, Handle) else None


class Endpoint:
    """What this side knows of the other one, and under which numbers the other one knows things of this side.

    `call` is how a function of the other side is called: handle, args, kwargs. `renew` finds a function again whose
    process has been replaced, or raises what says that it cannot. A trusted other side may name modules to import.
    """

    def __init__(
        self,
        owner: str,
        call: Callable[[Handle, tuple, dict], Any],
        renew: Callable[[Handle], None],
        *,
        trusted: bool,
    ) -> None:
        self.arguments: dict[int, Any] = {}
        self.in_place = False
        # While arguments are written: whether what is inside of them is numbered as well, and how its arrays lie.
        self._numbers_inside = False
        self._views = _Views([])
        # What is written with its content, although it is an argument.
        self._opened: Any = MISSING
        self.models = Models(owner)
        self._call, self._renew = call, renew
        self._trusted = trusted
        self._own_process = self.other_process = 0
        self._functions: dict[int, Callable] = {}
        self._stand_ins: dict[int, Callable] = {}

    def meet(self, own: int, other: int) -> None:
        """Note the numbers of the two processes. What a process that was replaced knew, the new one does not."""
        self._own_process = self.models.process = own
        if other != self.other_process:
            self.other_process, self._stand_ins = other, {}
            self.models.forget_what_the_other_side_has()

    def number_of(self, handle: Handle) -> int:
        """The number by which the other side knows a function, in the process that it has now."""
        if handle.process != self.other_process:
            self._renew(handle)
        return handle.number

    def writer(self) -> Writer:
        return Writer(self._refer)

    def reader(self, buffers: list[memoryview]) -> Reader:
        return Reader(buffers, self._resolve, trusted=self._trusted)

    def function(self, number: int) -> Callable:
        """The function of this side that the other side knows by this number."""
        if number not in self._functions:
            raise CannotCross("an unknown function")
        return self._functions[number]

    def write_arguments(self, values: list[Any], writer: Writer) -> list[Any]:
        """Arguments of a call, numbered where the other side might change them in place.

        With `in_place` also what is inside of them, so that an object that occurs twice is one and the same there, and
        a part of an array is a part of it.
        """
        self._numbers_inside = self.in_place
        self._views = _Views(values if self.in_place else [])
        try:
            return [self._write_argument(value, writer) for value in values]
        finally:
            self._numbers_inside = False

    def write_content(self, argument: Any, writer: Writer) -> Any:
        """An argument with what is in it; other arguments in it by their numbers."""
        self._opened = argument
        return writer.write(argument)

    def fingerprint(self, argument: Any) -> bytes | None:
        """A digest of an argument, to see whether a call has changed it; None for what cannot cross."""
        writer = Writer(self._refer_in_fingerprint)
        try:
            return hashlib.sha256(pack(self.write_content(argument, writer), writer.buffers)).digest()
        except CannotCross:
            return None

    def _refer_in_fingerprint(self, value: Any, _: Writer) -> Any:
        number = self._number_as_argument(value)
        if number is not None:
            return {"argument": number}
        return id(value) if callable(value) and not isinstance(value, np.ndarray) else None

    def _number_as_argument(self, value: Any) -> int | None:
        """The number of an argument, unless it is to be written with its content."""
        if value is self._opened:
            self._opened = MISSING
            return None
        return next((number for number, known in self.arguments.items() if known is value), None)

    def _write_argument(self, value: Any, writer: Writer) -> Any:
        if self._numbers_inside or not _is_mutable(value):
            return writer.write(value)
        content = writer.write(value)
        number = len(self.arguments)
        self.arguments[number] = value
        return {"known": {"object": number, "value": content}}

    def _numbered(self, value: Any, writer: Writer) -> dict[str, Any]:
        """An object inside of arguments, met for the first time."""
        number = len(self.arguments)
        if number >= MAX_NUMBERED:
            raise CannotCross(
                f"more than {MAX_NUMBERED:,} lists and the like that an answer may change in place"
            )
        whole = self._views.whole(value)
        if whole is None:
            self.arguments[number] = value
            return {"object": number, "value": self.write_content(value, writer)}
        written = writer.write(whole)
        number = len(self.arguments)
        self.arguments[number] = value
        return {"object": number, "value": written, "part": _place_in(value, whole)}

    def _refer(self, value: Any, writer: Writer) -> dict[str, Any] | None:
        opened = value is self._opened
        if (argument := self._number_as_argument(value)) is not None:
            return {"argument": argument}
        numbered = self._numbers_inside and len(self.arguments) < MAX_NUMBERED
        if numbered and not opened and _is_mutable(value):
            return self._numbered(value, writer)
        if keras_models.is_model(value):
            return self.models.refer(value, writer)
        if isinstance(value, types.ModuleType):
            return {"module": value.__name__}
        if callable(value) and not hasattr(type(value), "__array__") and not keras_models.is_layer(value):
            if stands_for := handle_of(value):
                return {"yours": self.number_of(stands_for)}
            if self._trusted is False and (path := _import_path(value)):
                return {"import": path}
            return {"function": self._own_number_of(value), **_introduction(value)}
        return None

    def _own_number_of(self, function: Callable) -> int:
        for number, known in self._functions.items():
            if known is function:
                return number
        number = self._own_process * NUMBERS_A_PROCESS + len(self._functions) + 1
        self._functions[number] = function
        return number

    def _resolve(self, content: dict[str, Any], reader: Reader) -> Any:
        if "object" in content and self._trusted:
            value = reader.read(content["value"])
            if "part" in content:
                kind, shape, offset, strides = content["part"]
                value = np.ndarray(shape, kind, value, offset, strides)
            self.arguments[content["object"]] = value
            return value
        if "argument" in content:
            return self.arguments[content["argument"]]
        if "model" in content:
            # A test compares with its own models: they stay as they are, unless it asks to see what happens to them.
            return self.models.resolve(content, reader, renew=not (self._trusted or self.in_place))
        if "yours" in content:
            return self.function(content["yours"])
        if "function" in content:
            return self._stand_in(content)
        if "import" in content and self._trusted:
            module, name = content["import"]
            __import__(module)
            return getattr(sys.modules[module], name)
        if "module" in content:
            if self._trusted:
                __import__(content["module"])
            # Otherwise only what was imported here anyway: importing may run anything.
            return sys.modules[content["module"]]
        raise CannotCross("an unknown reference")

    def _stand_in(self, about: dict[str, Any]) -> Callable:
        number, name = about["function"], about["name"]
        if type(number) is not int or not isinstance(name, str):
            raise CannotCross("a damaged function")
        if number in self._stand_ins:
            return self._stand_ins[number]
        if len(self._stand_ins) > 10_000:
            raise CannotCross("more than 10,000 functions")

        handle = Handle(self.other_process, number, name)

        def stand_in(*args, **kwargs):
            return self._call(handle, args, kwargs)

        # Whoever asks for its source shall hear that there is none, and not judge this function.
        stand_in.__code__ = stand_in.__code__.replace(co_filename="<the student's function>")
        stand_in.__name__ = stand_in.__qualname__ = name[:100]
        stand_in.__doc__ = about["doc"] if isinstance(about.get("doc"), str) else None
        vars(stand_in).update({"__signature__": _signature(about.get("parameters")), STANDS_FOR: handle})
        self._stand_ins[number] = stand_in
        return stand_in


class Models:
    """The Keras models that are known on both sides."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self.process = 0
        self._models: dict[str, Any] = {}
        self._digests: dict[str, str] = {}
        # Those that came over with the call under way.
        self.visiting: set[str] = set()

    def refer(self, model: Any, writer: Writer) -> dict[str, Any]:
        """The model's name, with its state unless the other side knows it."""
        key = next((key for key, known in self._models.items() if known is model), None)
        if key is None:
            key = f"{self._owner}-{self.process}-{len(self._models)}"
            self._models[key] = model
        return {"model": key, "value": self._news(key, writer)}

    def resolve(self, content: dict[str, Any], reader: Reader, *, renew: bool = False) -> Any:
        """The model that the other side names, in the state that it sent.

        renew: a model of this side is not changed, but followed by another one with that state.
        """
        key = content["model"]
        if not isinstance(key, str) or len(self._models) > 1000:
            raise CannotCross("a Keras model without a name, or too many of them")
        if content["value"] is not None:
            known = None if renew and key.startswith(self._owner) else self._models.get(key)
            self._models[key] = keras_models.read_model(content["value"], reader, into=known)
            self._digests[key] = _digest(self._models[key])
        elif key not in self._models:
            raise CannotCross("an unknown Keras model")
        self.visiting.add(key)
        return self._models[key]

    def forget_what_the_other_side_has(self) -> None:
        """Send each model again with its state: the other side is another process now."""
        self._digests, self.visiting = {}, set()

    def changed(self, writer: Writer) -> list[dict[str, Any]]:
        """News of the visiting models, whose visit ends."""
        found = [{"model": key, "value": self._news(key, writer)} for key in sorted(self.visiting)]
        self.visiting = set()
        return [news for news in found if news["value"] is not None]

    def _news(self, key: str, writer: Writer) -> Any:
        digest = _digest(self._models[key])
        if self._digests.get(key) == digest:
            return None
        self._digests[key] = digest
        return keras_models.write_model(self._models[key], writer)


def _digest(model: Any) -> str:
    writer = Writer()
    return hashlib.sha256(pack(keras_models.write_state(model, writer), writer.buffers)).hexdigest()


class _Views:
    """The arrays among arguments, and which of them are parts of others."""

    def __init__(self, values: list[Any]) -> None:
        self._arrays: list[np.ndarray] = []
        self._collect(values, depth=0)

    def whole(self, value: Any) -> np.ndarray | None:
        """The largest other array of which this one is a part, None if there is none."""
        if type(value) is not np.ndarray or value.dtype.hasobject:
            return None
        around = [
            array
            for array in self._arrays
            if array.nbytes > value.nbytes and array.flags.c_contiguous and _lies_in(value, array)
        ]
        return max(around, key=lambda array: array.nbytes, default=None)

    def _collect(self, values: Any, depth: int) -> None:
        for value in values:
            if type(value) is np.ndarray:
                self._arrays.append(value)
            elif type(value) is dict and depth < MAX_DEPTH:
                self._collect(value.values(), depth + 1)
            elif type(value) in (list, tuple) and depth < MAX_DEPTH:
                self._collect(value, depth + 1)


def _lies_in(part: np.ndarray, whole: np.ndarray) -> bool:
    (first, last), (low, high) = byte_bounds(part), byte_bounds(whole)
    return low <= first and last <= high and part.dtype == whole.dtype


def _place_in(part: np.ndarray, whole: np.ndarray) -> list[Any]:
    offset = part.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    return [part.dtype.str, list(part.shape), offset, list(part.strides)]


def _is_mutable(value: Any) -> bool:
    return type(value) in MUTABLE or _is_table(value)


def _is_table(value: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and type(value) in (pandas.DataFrame, pandas.Series)


def change(old: Any, new: Any) -> None:
    """Make the mutable argument `old` what the other side made of it."""
    if type(new) is not type(old):
        raise CannotCross("a changed argument of another type")
    if _is_table(old):
        type(old).__init__(old, new)
    elif isinstance(old, list | bytearray):
        old[:] = new
    elif isinstance(old, collections.deque):
        old.clear()
        old.extend(new)
    elif isinstance(old, dict | set):
        old.clear()
        old.update(new)
    elif isinstance(old, np.random.Generator):
        old.bit_generator.state = new.bit_generator.state
    elif old.shape == new.shape and old.dtype == new.dtype and old.flags.writeable:
        old[...] = new
    else:
        raise CannotCross("a changed array of another shape")


def written_error(error: BaseException) -> dict[str, str]:
    """An error by the name of the nearest exception that Python itself has."""
    known = next((c.__name__ for c in type(error).__mro__ if ERRORS.get(c.__name__) is c), "Exception")
    name, text = type(error).__name__, shell.message(error)
    if isinstance(error, KeyError) and len(error.args) == 1 and isinstance(error.args[0], str):
        text = error.args[0][:2000]  # str() of a KeyError puts quotes around it
    return {"type": known, "name": name[:100], "text": text}


def error_from(written: dict[str, str]) -> Exception:
    """The exception that the other side described."""
    kind, name, text = ERRORS.get(written["type"], Exception), str(written["name"]), str(written["text"])
    if issubclass(kind, StopIteration | StopAsyncIteration):
        kind = RuntimeError  # as from a generator: no loop of the test may take it for its own end
    try:
        return kind(text if name == kind.__name__ else f"{name}: {text}")
    except TypeError:  # one that wants more arguments, as UnicodeDecodeError
        return next(c for c in kind.__mro__[1:] if c in (ValueError, Exception))(f"{name}: {text}")


def _import_path(value: Any) -> list[str] | None:
    """Module and name under which anybody finds a function or class of a library."""
    module, name = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if isinstance(value, np.ufunc):
        module = "numpy"
    if (
        not isinstance(module, str)
        or not isinstance(name, str)
        or module in ("__main__", "builtins.__main__")
    ):
        return None
    return [module, name] if getattr(sys.modules.get(module), name, None) is value else None


def _introduction(function: Callable) -> dict[str, Any]:
    """Name, docstring and parameters of a function, in plain texts."""
    name, doc = getattr(function, "__name__", None), getattr(function, "__doc__", None)
    try:
        found = inspect.signature(function).parameters.values()
        parameters = [[p.name, int(p.kind), p.default is not p.empty] for p in found]
    except Exception:
        parameters = None
    return {
        "name": name if isinstance(name, str) else type(function).__name__,
        "doc": doc[:20_000] if isinstance(doc, str) else None,
        "parameters": parameters,
    }


def _signature(parameters: Any) -> inspect.Signature | None:
    try:
        return inspect.Signature(
            [
                inspect.Parameter(
                    name, inspect._ParameterKind(kind), default=... if optional else inspect.Parameter.empty
                )
                for name, kind, optional in parameters
            ]
        )
    except (TypeError, ValueError):
        return None
