"""The student's side: run the student's cells, and call the student's functions when the examiner asks.

It runs inside a sandbox, in one process with the student's code, which may do to it whatever it likes: nobody
believes what comes from here any more than the student.
"""

import itertools
import os
import random
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from coursekit.staff.sandbox.inside import shell
from coursekit.staff.sandbox.inside.messages import CannotCross, pack, receive, send, unpack
from coursekit.staff.sandbox.inside.remote import (
    MISSING,
    Endpoint,
    Handle,
    error_from,
    written_error,
)
from coursekit.staff.sandbox.inside.wire import Reader, Writer

# Of so many names that cells have bound it is told that they are.
MAX_NAMES = 10_000
# An iterator's items cross in batches, which grow to this size.
MAX_BATCH = 1024


def prepare(prelude: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Run the course's own first cells; returns how each of them ran."""
    shell.make()
    return [run(cell) for cell in prelude]


def serve(channel: socket.socket) -> None:
    """Answer the requests on the channel until it ends."""
    signal.signal(signal.SIGINT, shell.interrupted)
    side, this = _Side(channel), os.getpid()
    while True:
        header, buffers = unpack(receive(channel))
        answer = side.answer(header, buffers)
        if os.getpid() != this:
            os._exit(0)  # a fork that the student's code made came back here; the one before it answers
        send(channel, answer)


def run(cell: dict[str, str]) -> dict[str, Any]:
    """Run a cell; the outputs as nbformat has them, the error and the number at the end, if there are any."""
    ran = shell.make().run(cell["source"], cell["name"])
    return {
        "outputs": ran.outputs,
        "error": None if ran.error is None else {**written_error(ran.error), "own": type(ran.error).__name__},
        "lines": [] if ran.error is None else shell.lines_in(ran.error, cell["name"]),
        "value": _as_number(ran.value),
        "seconds": ran.seconds,
    }


def _as_number(value: Any) -> float | None:
    """The value of a cell's last line as a number; nan for several numbers in place of one.

    A sum of comparisons ends as an array when an answer returns one, and that must not pass for no number at all.
    """
    if hasattr(type(value), "__array__") and not isinstance(value, np.generic):
        if np.size(value) != 1:
            return float("nan")
        value = np.asarray(value).item()
    if isinstance(value, complex | np.complexfloating):
        return float("nan")
    if type(value) not in (int, float) and not isinstance(value, np.integer | np.floating):
        return None
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _batches(iterator: Iterator) -> Callable[[], list]:
    """A function that gives the next items of an iterator, which may have no end; no items are the end."""
    size = 1
    failed: list[Exception] = []

    def following():
        nonlocal size
        items = []
        try:
            if failed:
                raise failed.pop()
            for item in itertools.islice(iterator, size):
                items.append(item)  # those before an error are not lost with it
        except Exception as error:
            if not items:
                raise
            failed.append(error)
        size = min(2 * size, MAX_BATCH)
        return items

    return following


def write_files(files: list, reader: Reader) -> dict[str, Any]:
    """Write the files that lie beside the notebook into the current folder."""
    for name, written in files:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(reader.read(written))
    # At the end, so that no file of a student stands in for a module of the course.
    sys.path.append(os.getcwd())
    return {}


def _bound_names() -> list[str]:
    """Names that the cells which have run so far have bound."""
    names = [name for name in list(shell.make().user_ns) if type(name) is str and not name.startswith("_")]
    return names[:MAX_NAMES]


def _is_lost(function: Handle) -> None:
    raise CannotCross(f"{function.label}, a function of a test that has ended")


class _Side:
    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._endpoint = Endpoint("student", self._call_back, _is_lost, trusted=True)
        # What the student's cells have bound to names that a test has changed for a while.
        self._own: dict[str, Any] = {}
        # Digests of the arguments of the call under way, as the other side knows them.
        self._known: dict[int, bytes | None] = {}

    def answer(self, header: dict[str, Any], buffers: list[memoryview]) -> bytes:
        """The answer to one request: files, processes, run, names, update or call."""
        [(what, content)] = header.items()
        reader, writer = self._endpoint.reader(buffers), self._endpoint.writer()
        try:
            if what == "files":
                answer = write_files(content, reader)
            elif what == "processes":
                self._endpoint.meet(*content)
                answer = {}
            elif what == "run":
                answer = run(content) | {"names": _bound_names()}
            elif what == "names":
                answer = {name: self._named(name, writer) for name in content}
            elif what == "update":
                answer = self._update(content, reader)
            else:
                answer = self._call(content, reader, writer)
            return pack(answer, writer.buffers)
        except CannotCross as error:
            return pack({"fault": f"returned {error}"}, [])

    def _named(self, name: str, writer: Writer) -> dict[str, Any]:
        names = shell.make().user_ns
        if name not in names:
            return {}
        before = len(writer.buffers)
        try:
            return {"value": writer.write(names[name])}
        except CannotCross as error:
            writer.forget(before)
            return {"cannot": str(error)}

    def _call(self, content: dict[str, Any], reader: Reader, writer: Writer) -> dict[str, Any]:
        self._update(content["update"], reader)
        endpoint, python = self._endpoint, shell.make()
        function = endpoint.function(content["function"])
        outer = endpoint.arguments, self._known  # of a call that called back, which led to this one
        endpoint.arguments = {}
        try:
            args = [reader.read(written) for written in content["args"]]
            kwargs = {name: reader.read(written) for name, written in content["kwargs"]}
            self._known = {n: endpoint.fingerprint(value) for n, value in endpoint.arguments.items()}
            python.ran = shell.Ran()
            with python.capturing():
                answer = self._result(function, args, kwargs, writer)
            answer["changed"] = self._changes(writer)
        finally:
            endpoint.arguments, self._known = outer
        answer["models"] = endpoint.models.changed(writer)
        answer["printed"] = [
            [o["name"], o["text"]] for o in python.ran.outputs if o["output_type"] == "stream"
        ]
        return answer

    def _changes(self, writer: Writer) -> list[list[Any]]:
        """The arguments that are no longer what the other side knows, by number, with what is in them."""
        endpoint, changed = self._endpoint, []
        for number, value in endpoint.arguments.items():
            writer.forget()  # the other side may not read what was changed, or may do so first
            now = endpoint.fingerprint(value)
            if now not in (self._known.get(number), None):
                self._known[number] = now
                changed.append([number, endpoint.write_content(value, writer)])
        writer.forget()
        return changed

    def _result(self, function: Any, args: list, kwargs: dict, writer: Writer) -> dict[str, Any]:
        try:
            with shell.interruptible():
                value = function(*args, **kwargs)
            if isinstance(value, Iterator):
                return {"iterator": writer.write(_batches(value))}
            return {"value": writer.write(value)}
        except CannotCross as error:
            answer: dict[str, Any] = {"fault": f"returned {error}"}
        except Exception as error:
            answer = {"raised": written_error(error)}
        except BaseException as error:
            answer = {"fault": f"ended with {type(error).__name__}"}
        writer.forget(0)
        return answer

    def _update(self, content: dict[str, Any], reader: Reader) -> dict[str, Any]:
        """Do to the student's names what the test did to them, and to the random generators."""
        names = shell.make().user_ns
        for name in content["deleted"]:
            self._own.setdefault(name, names.get(name, MISSING))
            names.pop(name, None)
        for name, written in content["bound"]:
            self._own.setdefault(name, names.get(name, MISSING))
            names[name] = reader.read(written)
        for name in content["back"]:
            if (own := self._own.pop(name, MISSING)) is MISSING:
                names.pop(name, None)
            else:
                names[name] = own
        if "random" in content:
            random.setstate(reader.read(content["random"]))
        if "numpy" in content:
            np.random.set_state(reader.read(content["numpy"]))
        if "keras" in content:
            import keras

            keras.utils.set_random_seed(content["keras"])
        return {}

    def _call_back(self, function: Handle, args: tuple, kwargs: dict) -> Any:
        """Call a function of the test that was given to the student's function."""
        writer = self._endpoint.writer()
        request = {
            "call": self._endpoint.number_of(function),
            "changed": self._changes(writer),
            "args": [writer.write(value) for value in args],
            "kwargs": [[key, writer.write(value)] for key, value in kwargs.items()],
        }
        send(self._channel, pack(request, writer.buffers))
        header, buffers = unpack(receive(self._channel))
        while not {"value", "raised"} & set(header):  # that function calls one of the student's in turn
            send(self._channel, self.answer(header, buffers))
            header, buffers = unpack(receive(self._channel))
        if "raised" in header:
            raise error_from(header["raised"])
        return self._endpoint.reader(buffers).read(header["value"])
