"""The examiner's side: run the instructor's cells, with stand-ins for what the student defined.

It runs inside a sandbox of its own. Calling a stand-in sends plain data to the student's process and brings
plain data back; what the test concludes from them is decided here, where no code of the student runs.
"""

import ast
import builtins
import contextlib
import functools
import json
import random
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, NoReturn

import numpy as np

from coursekit import announcements, processor_time
from coursekit.staff.sandbox.inside import shell, student
from coursekit.staff.sandbox.inside.messages import (
    CELL,
    FILES,
    FOR_STUDENT,
    GONE,
    USED,
    VERDICT,
    CannotCross,
    pack,
    receive,
    send,
    unpack,
)
from coursekit.staff.sandbox.inside.remote import Endpoint, change, error_from, written_error
from coursekit.staff.sandbox.inside.wire import Reader, Writer

MAX_RETURNED = 300


class StudentFault(BaseException):
    """The student's side did something that no test can judge. No `except Exception` of a test hides it."""


def prepare(prelude: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Run the course's own first cells; returns how each of them ran."""
    return student.prepare(prelude)


def serve(channel: socket.socket) -> None:
    """Run the cells that come over the channel until it ends."""
    signal.signal(signal.SIGINT, shell.interrupted)
    examiner = _Examiner(channel)
    processor_time.count(examiner.used_by_student)
    while True:
        message = receive(channel)
        if message[:1] == FILES:
            header, buffers = unpack(message[1:])
            student.write_files(header["files"], Reader(buffers, trusted=True))
        if message[:1] != CELL:
            continue  # an answer to a question that a time limit cut off
        verdict = examiner.run(json.loads(message[1:]))
        send(channel, VERDICT + json.dumps(verdict).encode())


class _Examiner:
    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._endpoint = Endpoint("examiner", self._call, trusted=False)
        self._turn = threading.RLock()
        # Names of the student's that a test may use, with what it finds under them.
        self._bound: dict[str, Any] = {}
        # Those that the test has deleted, and may put back.
        self._deleted: list[str] = []
        self._random = self._random_states()
        self._planted: set[str] = set()
        self._seed: int | None = None
        self._fault = ""
        self._returned = ""
        self._missing: list[str] = []
        self._cell: dict[str, Any] = {}
        self._watch_seeds()

    def run(self, cell: dict[str, Any]) -> dict[str, Any]:
        """Run a test or another cell of the instructor's.

        `cell["answers"]` are names that answers define, `cell["own_names"]` such as only the course may define,
        `cell["used_by_helpers"]` such as functions of the course use that the cell may call.
        """
        self._fault = self._returned = ""
        self._missing = []
        self._cell = cell
        self._endpoint.in_place = cell["in_place"]
        names = shell.make().user_ns
        self._bound = {name: value for name, value in self._bound.items() if names.get(name) is value}
        self._deleted = []
        try:
            self._bind(cell)
        except StudentFault as fault:
            self._fault = str(fault)
        ran = {} if self._fault else student.run(cell)
        if not self._fault:
            with contextlib.suppress(StudentFault):  # it shows in self._fault
                self._tell_changes()
        return {
            **ran,
            "fault": self._fault,
            "returned": self._returned,
            "missing": self._missing,
            "announced": announcements.collect(),
        }

    def used_by_student(self) -> float:
        """Seconds of processor time that the student's side has used, as its watcher tells."""
        with self._turn:
            send(self._channel, USED)
            return float(receive(self._channel))

    # --- names ---

    def _bind(self, cell: dict[str, Any]) -> None:
        """Put stand-ins, and values, of the student's names where the cell will look for them."""
        names = shell.make().user_ns
        answers, (used, made) = set(cell["answers"]), _names(cell["source"])
        made |= {"_", *cell["own_names"]}
        missing = {n for n in used - made if n not in names and not hasattr(builtins, n)}
        by_helpers = set(cell["used_by_helpers"]) & answers
        asked = sorted((used & answers) | missing | by_helpers | set(self._bound))
        if not asked:
            return
        header, buffers = self._ask({"names": asked}, [])
        reader = self._endpoint.reader(buffers)
        for name in asked:
            about = header.get(name)
            if not isinstance(about, dict) or not about:
                names.pop(name, None)
                self._bound.pop(name, None)
                self._missing += [name] if name in answers & used else []
                continue
            if "cannot" in about:
                value = _Uncrossable(self, f"{name} is {about['cannot']}")
            else:
                try:
                    value = reader.read(about["value"])
                except CannotCross as error:
                    value = _Uncrossable(self, f"{name} is {error}")
            names[name] = self._bound[name] = value

    def _changes(self, writer: Writer) -> dict[str, Any]:
        """What the test did to the student's names since the student was last told."""
        names, deleted, bound = shell.make().user_ns, [], []
        for name, value in list(self._bound.items()):
            if name not in names:
                deleted.append(name)
                del self._bound[name]
            elif names[name] is not value:
                self._bound[name] = names[name]
                bound.append([name, writer.write(names[name])])
        for name in self._deleted:
            if name in names:
                self._bound[name] = names[name]
                bound.append([name, writer.write(names[name])])
        self._deleted = [name for name in [*self._deleted, *deleted] if name not in names]
        return {"deleted": deleted, "bound": bound}

    def _tell_changes(self) -> None:
        writer = self._endpoint.writer()
        try:
            update = self._changes(writer)
        except CannotCross:
            return  # the test put something of its own there; it was for the test alone
        if update["deleted"] or update["bound"]:
            self._ask({"update": update}, writer.buffers)

    # --- random generators ---

    def _random_states(self) -> dict[str, Any]:
        kind, keys, *rest = np.random.get_state()
        return {"random": random.getstate(), "numpy": (kind, np.asarray(keys).tobytes(), *rest)}

    def _watch_seeds(self) -> None:
        """A test that plants a seed means the student's functions as well, also if it is the same seed again."""
        modules: dict[str, Any] = {"random": random, "numpy": np.random}
        for name, module in modules.items():
            module.seed = _watched(module.seed, lambda *args, name=name, **kwargs: self._planted.add(name))
        if "keras" in sys.modules:
            import keras

            plant = _watched(keras.utils.set_random_seed, lambda seed: setattr(self, "_seed", seed))
            keras.utils.set_random_seed = plant

    def _randomness(self, writer: Writer) -> dict[str, Any]:
        states, update = self._random_states(), {}
        for name, state in states.items():
            if state != self._random[name] or name in self._planted:
                current = random.getstate() if name == "random" else np.random.get_state()
                update[name] = writer.write(current)
        self._random, self._planted = states, set()
        if self._seed is not None:
            update["keras"], self._seed = self._seed, None
        return update

    # --- calls ---

    def _call(self, number: int, name: str, args: tuple, kwargs: dict) -> Any:
        """Call a function of the student's. Threads of a test take turns, as they do in one kernel."""
        with self._turn:
            return self._called(number, name, args, kwargs)

    def _called(self, number: int, name: str, args: tuple, kwargs: dict) -> Any:
        endpoint = self._endpoint
        # What a hidden test hands over is not to be read in any message.
        what = f"{name}(...)" if self._in_hidden_lines() else f"{name}({_arguments(args, kwargs)})"
        writer = endpoint.writer()
        outer, endpoint.arguments = endpoint.arguments, {}
        try:
            update = {**self._changes(writer), **self._randomness(writer)}
            request = {
                "function": number,
                "args": endpoint.write_arguments(list(args), writer),
                "kwargs": list(
                    zip(kwargs, endpoint.write_arguments(list(kwargs.values()), writer), strict=True)
                ),
                "update": update,
            }
        except CannotCross as error:
            raise TypeError(f"{what}: the test hands over {error}") from None
        try:
            header, buffers = self._ask({"call": request}, writer.buffers)
            while "call" in header:
                header, buffers = self._called_back(header, buffers)
            return self._answer(what, header, endpoint.reader(buffers))
        except CannotCross as error:
            self._fail(f"{what} returned {error}")
        finally:
            endpoint.arguments = outer

    def _answer(self, what: str, header: dict[str, Any], reader: Reader) -> Any:
        for stream, text in header.get("printed", ()):
            (sys.stderr if stream == "stderr" else sys.stdout).write(str(text))
        changed, models = header.get("changed", ()), header.get("models", ())
        if self._cell["in_place"]:
            for number, written in changed:
                change(self._endpoint.arguments[number], reader.read(written))
            for news in models:
                self._endpoint.models.resolve(news, reader)
        elif changed or models:
            # What the test compares with must not be the student's to change.
            self._note(f"{what} changed its arguments in place, which this test does not see")
        if "fault" in header:
            self._fail(f"{what} {str(header['fault'])[:600]}")
        if "raised" in header:
            error = error_from(header["raised"])
            self._note(f"{what} raised {type(error).__name__}: {error}"[:MAX_RETURNED])
            raise error
        if "iterator" in header:
            value = _items(reader.read(header["iterator"]))
            self._note(f"{what} returned an iterator")
        else:
            value = reader.read(header["value"])
            self._note(f"{what} returned {_brief(value)}")
        return value

    def _note(self, what: str) -> None:
        if not self._in_hidden_lines():
            before = f"{self._returned}; " if " in place" in self._returned else ""
            self._returned = f"{before}{what}"

    def _in_hidden_lines(self) -> bool:
        frame: FrameType | None = sys._getframe()
        while frame:
            if frame.f_code.co_filename == self._cell["name"]:
                if any(first <= frame.f_lineno <= last for first, last in self._cell["hidden"]):
                    return True
            frame = frame.f_back
        return False

    def _called_back(self, header: dict[str, Any], buffers: list[memoryview]) -> tuple[Any, list[memoryview]]:
        """The student's function calls a function that the test has given to it."""
        reader, writer = self._endpoint.reader(buffers), self._endpoint.writer()
        function = self._endpoint.function(header["call"])
        args = [reader.read(written) for written in header["args"]]
        kwargs = {str(name): reader.read(written) for name, written in header["kwargs"]}
        try:
            answer: dict[str, Any] = {"value": writer.write(function(*args, **kwargs))}
        except Exception as error:
            writer.forget(0)
            answer = {"raised": written_error(error)}
        return self._ask(answer, writer.buffers)

    def _ask(self, header: dict[str, Any], buffers: list[bytes]) -> tuple[Any, list[memoryview]]:
        """Send a message to the student's process and wait for the answer."""
        if self._fault:
            raise StudentFault(self._fault)
        send(self._channel, FOR_STUDENT + pack(header, buffers))
        message = receive(self._channel)
        if message[:1] == GONE:
            self._fail(message[1:].decode())
        try:
            answer, its_buffers = unpack(message[1:])
            if not isinstance(answer, dict):
                raise CannotCross("a damaged answer")
        except CannotCross as error:
            self._fail(f"the answer's process sent {error}")
        return answer, its_buffers

    def _fail(self, why: str) -> NoReturn:
        self._fault = self._fault or why
        raise StudentFault(why)


class _Uncrossable:
    """Under a name of the student's that cannot cross: whatever the test does with it, the test fails."""

    def __init__(self, examiner: _Examiner, why: str) -> None:
        object.__setattr__(self, "_fail", lambda: examiner._fail(why))

    def __getattribute__(self, name):
        object.__getattribute__(self, "_fail")()


def _items(following: Callable[[], list]) -> Iterator:
    while items := following():
        yield from items


def _refuse(self, *args, **kwargs):
    object.__getattribute__(self, "_fail")()


for _operation in (
    "add and bool call contains delitem divmod enter eq exit float floordiv format ge getitem gt hash index int "
    "invert iter le len lt matmul mod mul ne neg next or pos pow radd rand repr reversed rfloordiv rmatmul rmod "
    "rmul ror rpow rsub rtruediv rxor setattr setitem str sub truediv xor"
).split():
    setattr(_Uncrossable, f"__{_operation}__", _refuse)


def _watched(function: Callable, notice: Callable) -> Callable:
    """The function, whose calls are noticed."""

    @functools.wraps(function)
    def watched(*args, **kwargs):
        notice(*args, **kwargs)
        return function(*args, **kwargs)

    return watched


def _names(source: str) -> tuple[set[str], set[str]]:
    """All names in a cell, wherever they stand, and those of them that the cell assigns itself."""
    try:
        tree = ast.parse(shell.make().transform_cell(source))
    except SyntaxError:
        return set(), set()  # running it will tell
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    made = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return {node.id for node in names}, made


def _arguments(args: tuple, kwargs: dict) -> str:
    named = [f"{name}={_brief(value, 40)}" for name, value in kwargs.items()]
    return ", ".join([*(_brief(value, 60) for value in args), *named])


def _brief(value: Any, length: int = 200) -> str:
    if isinstance(value, np.ndarray) and value.size > 12:
        return f"an array of shape {value.shape}"
    if type(value) in (list, dict, tuple, set, str, bytes) and len(value) > 200:
        return f"a {type(value).__name__} of length {len(value):,}"
    if type(value).__module__.partition(".")[0] in ("keras", "tensorflow", "pandas"):
        return f"a {type(value).__name__}"
    try:
        text = " ".join(repr(value).split())
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= length else f"{text[:length]}..."
