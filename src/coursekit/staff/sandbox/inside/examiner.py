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
from collections.abc import Callable, Iterator, Sequence
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
from coursekit.staff.sandbox.inside.remote import (
    MISSING,
    Endpoint,
    Handle,
    change,
    error_from,
    handle_of,
    written_error,
)
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
    vars(builtins)["callable"] = _callable
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
        self._endpoint = Endpoint("examiner", self._call, self._find_again, trusted=False)
        self._turn = threading.RLock()
        # Names of the student's that a test may use, with what it finds under them.
        self._bound: dict[str, Any] = {}
        # What the student's side has under those that the test has changed there; MISSING where it has deleted one.
        self._changed: dict[str, Any] = {}
        # Names of the student's that cannot cross, with the reason.
        self._unreadable: dict[str, str] = {}
        self._random = self._random_states()
        self._planted: set[str] = set()
        self._seed: int | None = None
        self._fault = ""
        # Whether the student's process did not answer in this cell.
        self._lost = False
        self._returned = ""
        self._missing: list[str] = []
        self._cell: dict[str, Any] = {}
        self._watch_seeds()

    def run(self, cell: dict[str, Any]) -> dict[str, Any]:
        """Run a test or another cell of the instructor's.

        `cell["answers"]` are names that come from the student, `cell["used_by_helpers"]` such as functions of the
        course use that the cell may call, `cell["rebinds"]` such as the student's side finds changed with the test's.
        """
        self._fault = self._returned = ""
        self._lost = False
        self._missing, self._unreadable = [], {}
        self._cell = cell
        self._meet(*cell["processes"])
        self._endpoint.in_place = cell["in_place"]
        names = shell.make().user_ns
        self._bound = {name: value for name, value in self._bound.items() if names.get(name) is value}
        ran: dict[str, Any] = {}
        with contextlib.suppress(StudentFault):  # it shows in self._fault
            self._put_all_back()  # what a time limit kept from it before
            self._bind(cell)
            ran = student.run(cell)
            if ran["error"] is None:
                self._refuse_unread()
        with contextlib.suppress(StudentFault):
            self._put_all_back()
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

    def _meet(self, own: int, students: int) -> None:
        if students != self._endpoint.other_process:
            self._changed = {}
        self._endpoint.meet(own, students)

    # --- names ---

    def _bind(self, cell: dict[str, Any]) -> None:
        """Put stand-ins, and values, of the student's names where the cell will look for them."""
        names = shell.make().user_ns
        answers, used = set(cell["answers"]), _names(cell["source"])
        by_helpers = set(cell["used_by_helpers"])
        asked = sorted((used | by_helpers | set(self._bound)) & answers)
        if not asked:
            return
        header, buffers = self._ask({"names": asked}, [])
        reader = self._endpoint.reader(buffers)
        for name in asked:
            about = header.get(name)
            if not isinstance(about, dict) or not about:
                names.pop(name, None)
                self._bound.pop(name, None)
                self._missing += [name] if name in used else []
                continue
            if "cannot" in about:
                value = self._uncrossable(name, about["cannot"])
            else:
                try:
                    value = reader.read(about["value"])
                except CannotCross as error:
                    value = self._uncrossable(name, error)
            if handle := handle_of(value):
                handle.name = handle.name or name
            names[name] = self._bound[name] = value

    def _uncrossable(self, name: str, why: Any) -> "_Uncrossable":
        self._unreadable[name] = f"{name} is {why}"
        return _Uncrossable(self, self._unreadable[name])

    def _refuse_unread(self) -> None:
        """Fail a test that came through with a value that cannot cross: `is not None` and `type` ask it nothing."""
        for name in _names(self._cell["source"], ast.Load) & self._unreadable.keys():
            self._fail(self._unreadable[name])

    def _changes(self, writer: Writer) -> dict[str, Any]:
        """What the test did to the student's names since the student was last told, and may do to them.

        It may delete one for a while, and put it back. A value of its own reaches the student only if the cell says so.
        """
        names = shell.make().user_ns
        update: dict[str, list[Any]] = {"deleted": [], "bound": [], "back": []}
        for name, own in self._bound.items():
            now, told = names.get(name, MISSING), self._changed.get(name, own)
            if now is told:
                continue
            if now is own:
                update["back"].append(name)
                del self._changed[name]
            elif now is MISSING:
                update["deleted"].append(name)
                self._changed[name] = MISSING
            elif name in self._cell["rebinds"]:
                update["bound"].append([name, writer.write(now)])
                self._changed[name] = now
        return update

    def _put_all_back(self) -> None:
        """Undo on the student's side what the test did to names there, unless its process may be gone."""
        if not self._changed or self._lost:
            return
        back, self._changed = sorted(self._changed), {}
        fault, self._fault = self._fault, ""
        try:
            self._ask({"update": {"deleted": [], "bound": [], "back": back}}, [])
        finally:
            self._fault = fault or self._fault

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

    def _call(self, function: Handle, args: tuple, kwargs: dict) -> Any:
        """Call a function of the student's. Threads of a test take turns, as they do in one kernel."""
        with self._turn:
            return self._called(function, args, kwargs)

    def _find_again(self, function: Handle) -> None:
        """Look for a function of a process that was replaced under its name in the new one."""
        why = f"{function.label}(...): the answer's process ended since the test got this function"
        if not function.name:
            self._fail(f"{why}, which has no name of its own in the notebook")
        header, buffers = self._ask({"names": [function.name]}, [])
        try:
            found = handle_of(self._endpoint.reader(buffers).read(header[function.name]["value"]))
        except (CannotCross, KeyError, TypeError):
            found = None
        if found is None:
            self._fail(f"{why}, and in the new one {function.name} is no function")
        found.name = function.name
        function.process, function.number = found.process, found.number

    def _called(self, function: Handle, args: tuple, kwargs: dict) -> Any:
        endpoint, name = self._endpoint, function.label
        number = endpoint.number_of(function)
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
        self._follow(changed, reader)
        if self._cell["in_place"]:
            for news in models:
                self._endpoint.models.resolve(news, reader)
        elif changed or models:
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

    def _follow(self, changed: Sequence[Any], reader: Reader) -> None:
        """Note what the student's function has done to its arguments."""
        arguments = self._endpoint.arguments
        for number, written in changed:
            if not self._cell["in_place"]:
                # What the test compares with must not be the student's to change. What comes back shows the change.
                if number in arguments:
                    arguments[number] = reader.read(written)
            elif number in arguments:
                change(arguments[number], reader.read(written))
            else:
                raise CannotCross("an argument that it did not get")

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
        self._follow(header.get("changed", ()), reader)
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
            self._lost = True
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


_really_callable = callable


def _callable(value: Any) -> bool:
    """Python's `callable`, which looks at the type alone, for tests: it asks what cannot cross, as all else does."""
    if type(value) is _Uncrossable:
        _refuse(value)
    return _really_callable(value)


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


def _names(source: str, context: type[ast.expr_context] = ast.expr_context) -> set[str]:
    """All names in a cell, wherever they stand; of one context only, if it is given."""
    try:
        tree = ast.parse(shell.make().transform_cell(source))
    except SyntaxError:
        return set()  # running it will tell
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, context)
    }


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
