"""Grade one notebook: a student's process for the answers, an examiner's for the tests, and this in between.

`examine` takes a task of plain values (JSON could hold it) and returns a plain result. The two processes do not
know each other; whatever they say to each other passes through here, where time is kept and where a verdict
counts only if it came from the examiner.
"""

import contextlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from coursekit import notebooks
from coursekit.staff.sandbox.host import Fork, Gone, Sandbox
from coursekit.staff.sandbox.inside import messages
from coursekit.staff.sandbox.inside.wire import Writer

# Seconds that a process gets to stop by itself, and how often it may be replaced.
GRACE = 2.0
# On a busy machine a cell gets more time: as much as its processes had to wait, up to so many times its limit.
PATIENCE = 5
MOST_REPLACEMENTS = 60
# A submission may take as long as this many cells at their limit.
CELLS_AT_THE_LIMIT = 12
MAX_REPLY = 30_000_000
# Lists and dicts in a reply on a cell. Decoded, each takes many times the memory of its text.
MAX_CONTAINERS = 200_000
# Characters that all cells of a notebook show together.
MAX_SHOWN = 15_000_000
TOO_MUCH = "(more was shown than is kept)\n"
# No HTML and no SVG: formgrader would show them to the instructor as they are, scripts included.
KINDS = ("text/plain", "image/png", "image/jpeg")


def new_task(
    *,
    cells: list[dict[str, Any]],
    answers: Sequence[str] = (),
    used_by_helpers: Sequence[str] = (),
    imports: Sequence[str] = (),
    prelude: Sequence[dict[str, str]] = (),
    files: Mapping[str, bytes] | None = None,
    own_files: Mapping[str, bytes] | None = None,
    environment: Mapping[str, str] | None = None,
    readable: Sequence[str] = (),
    course: str = "",
    secret: Sequence[str] = (),
    timeout: float = 30,
    longer: float = 0,
    data_for_student: bool = True,
    isolation: str = "examiner",
    sandboxed: bool = True,
    limits: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """A task for `examine`.

    cells: each with kind (ours: the course's, run on both sides; own: on the examiner's only; theirs: the
    student's; test; skip; or the place of a cell in the prelude), source, name, and for those that run on the
    examiner's side answers (the names that come from the student), for tests hidden (pairs of line numbers, from and
    to), in_place (whether it sees what answers change in their arguments), rebinds (names that the student's side
    finds changed as the test changes them) and timeout (None: the common one). answers: names that come from the
    student in any cell.
    used_by_helpers: names in functions of the course's, which any test may call. imports: modules to load before
    the first fork. prelude: the course's first cells, which run before it as well. files: beside the notebook, on
    the student's side; own_files: on the examiner's. timeout: seconds a cell may take; longer: seconds that the
    tests with a timeout of their own may take together. data_for_student: whether the student's side may read what
    `readable` names, as the examiner's does. course: the course folder; secret: its own files and folders. Neither
    side may see them.
    """
    return {
        "cells": list(cells),
        "answers": sorted(answers),
        "used_by_helpers": sorted(used_by_helpers),
        "imports": list(imports),
        "prelude": list(prelude),
        "files": dict(files or {}),
        "own_files": dict(own_files or {}),
        "environment": dict(environment or {}),
        "readable": [str(path) for path in readable],
        "course": course,
        "secret": list(secret),
        "timeout": timeout,
        "longer": longer,
        "data_for_student": data_for_student,
        "isolation": isolation,
        "sandboxed": sandboxed,
        "limits": dict(limits or {}),
    }


@contextlib.contextmanager
def warm_pair(task: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The warm processes for all tasks that differ from this one in the student's cells and files only."""
    roles = ("student", "examiner") if task["isolation"] == "examiner" else ("student",)
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(roles)))
        # Each imports for seconds, on a core of its own.
        starting = {role: pool.submit(_warm, role, task) for role in roles}
        for sandbox in starting.values():
            if not sandbox.exception():
                stack.callback(sandbox.result().close)
        yield {role: sandbox.result() for role, sandbox in starting.items()}


def _warm(role: str, task: Mapping[str, Any]) -> Sandbox:
    options = {
        "imports": task["imports"],
        "environment": task["environment"],
        "readable": task["readable"] if role == "examiner" or task["data_for_student"] else [],
        "course": Path(task["course"]) if task["course"] else None,
        "secret": [Path(path) for path in task["secret"]],
        "limits": {**task["limits"], "cpu_seconds": int(20 * task["timeout"] + task["longer"]) + 60},
        "sandboxed": task["sandboxed"],
    }
    sandbox = Sandbox(role, prelude=task["prelude"], **options)
    if not sandbox.forkable:
        # The prelude started threads, which no fork would have; so each fork runs it by itself.
        sandbox.close()
        sandbox = Sandbox(role, **options)
    return sandbox


def examine(
    task: Mapping[str, Any], pair: Mapping[str, Sandbox] | None = None, slot: int = 0
) -> dict[str, Any]:
    """Run the cells of one submission and judge its tests.

    Returns cells, a list as long as the task's, each with outputs, seconds, and for tests a verdict; seconds;
    memory_mb (the largest of its processes). A verdict has value (the number at the end of the test, or None),
    error (ename and evalue), lines (of the test, that the error passed through), fault (why nothing could be
    concluded), returned (what the answer returned last), and scores (what the test announced, see
    coursekit.announcements). Every test has a verdict, whatever happens. `slot` is a number that no other submission
    at the same time has.
    """
    if pair is None:
        with warm_pair(task) as own:
            return examine(task, own, slot)
    run = _SubmissionRun(task, pair, slot)
    try:
        return run.run()
    finally:
        run.close()


class _Deadline:
    """When a cell's time is up, and when it is whatever the processes had to wait for."""

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds
        self.latest = self.at + PATIENCE * seconds


class _SubmissionRun:
    """A submission on its way through its cells, with a fork for the student's side and one for the examiner's."""

    def __init__(self, task: Mapping[str, Any], pair: Mapping[str, Sandbox], slot: int) -> None:
        self._task, self._pair, self._slot = task, pair, slot
        self._forks: dict[str, Fork] = {}
        self._replacements = 0
        self._memory = 0.0
        # Seconds of processor time of the student's processes that have ended.
        self._processor = 0.0
        # Seconds that cells were given because their processes had waited for a processor.
        self._given = 0.0
        self._began = time.monotonic()
        self._called_since_start = False
        # How many processes of each side have ended, which is the number of the one that runs.
        self._ended = {"student": 0, "examiner": 0}
        # Names that the student's cells had bound when one of them had run.
        self._defined: set[str] = set()
        # Cells that ran to their end so far; a new process has to run them again.
        self._ran: dict[str, list[int]] = {"student": [], "examiner": []}

    def run(self) -> dict[str, Any]:
        cells, room = [], MAX_SHOWN
        for number, cell in enumerate(self._task["cells"]):
            started = time.monotonic()
            done = self._run_cell(number, cell)
            done.setdefault("seconds", time.monotonic() - started)
            done["outputs"], room = _that_fit(room, done["outputs"])
            cells.append(done)
        self.close()
        return {
            "cells": cells,
            "seconds": round(time.monotonic() - self._began, 3),
            "memory_mb": self._memory,
        }

    def close(self) -> None:
        for fork in self._forks.values():
            fork.hang_up()  # all at once: ending takes each of them a moment
        for role in list(self._forks):
            self._end(role)

    def _run_cell(self, number: int, cell: Mapping[str, Any]) -> dict[str, Any]:
        kind, kernel = cell["kind"], self._task["isolation"] == "kernel"
        if kind == "skip":
            return {"outputs": [], "seconds": 0.0}
        if isinstance(kind, int):
            prelude = self._pair["student"].prelude
            return {"outputs": _outputs(prelude[kind]) if prelude else []}
        allowed = CELLS_AT_THE_LIMIT * self._task["timeout"] + self._task["longer"]
        if time.monotonic() - self._began - self._given > allowed:
            why = f"not run: the notebook had used up its {allowed:g} seconds"
            verdict = {"verdict": _verdict(fault=why)} if kind == "test" else {}
            return {"outputs": [_error("TimeLimit", why)], **verdict}
        if kind == "own" and kernel:
            return {"outputs": []}
        if kind in ("own", "test") and not kernel:
            return self._run_in_examiner(number)
        done = self._run_in_student(number)
        if kind == "ours" and not kernel:
            self._run_in_examiner(number)  # for what it defines; tests that need it will say if it failed
        if kind == "test":
            known = ("value", "error", "lines", "fault")
            done["verdict"] = _verdict(**{key: done[key] for key in known if key in done})
        return done

    # --- the student's side ---

    def _run_in_student(self, number: int) -> dict[str, Any]:
        cell = self._task["cells"][number]
        deadline = _Deadline(self._limit(cell))
        try:
            fork = self._fork("student")
            message = messages.pack({"run": {"source": cell["source"], "name": cell["name"]}}, [])
            reply = self._reply_of_student(fork, message, deadline, cell)
        except Gone as gone:
            self._end("student")
            return {"outputs": [_error("Ended", str(gone))], "fault": str(gone)}
        self._ran["student"].append(number)
        self._defined |= _names_among(self._task["answers"], reply)
        return _checked(reply)

    def _reply_of_student(
        self, fork: Fork, message: bytes, deadline: _Deadline, cell: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What running a cell gave, decoded; a time limit is an error like others if the process stops for it."""
        fork.send(message, deadline.at)
        late = f"took more than {self._limit(cell):g} seconds"
        try:
            content = self._receive(fork, deadline, MAX_REPLY)
        except TimeoutError:
            fork.interrupt()
            try:
                content = self._receive(fork, _Deadline(GRACE), MAX_REPLY)
            except TimeoutError:
                fork.kill()
                raise Gone(late) from None
            try:
                reply = _decoded(content)
            except messages.CannotCross:
                reply = {}
            return {**reply, "error": {"type": "TimeLimit", "name": "TimeLimit", "text": late}, "fault": late}
        try:
            return _decoded(content)
        except messages.CannotCross as error:
            raise Gone(f"sent {error}") from None

    # --- the examiner's side ---

    def _run_in_examiner(self, number: int) -> dict[str, Any]:
        cell = self._task["cells"][number]
        try:
            reply = self._reply_of_examiner(cell)
            if cell["kind"] == "test" and self._called_since_start and self._defined & set(reply["missing"]):
                # It was there: a call may have damaged the process.
                self._end("student")
                reply = self._reply_of_examiner(cell)
        except Gone as gone:
            self._end("examiner")
            why = f"the test ended without a verdict: {gone}"
            return {"outputs": [_error("NoVerdict", why)], "verdict": _verdict(fault=why)}
        self._ran["examiner"].append(number)
        error, fault, outputs = reply.get("error"), _text(reply["fault"]), _outputs(reply)
        verdict = _verdict(
            value=reply.get("value"),
            error={key: _text(text) for key, text in error.items()} if error else None,
            lines=reply.get("lines") or [],
            fault=fault,
            returned=_text(reply["returned"]),
            scores=reply["announced"],
        )
        if fault:
            outputs = [*(o for o in outputs if o["output_type"] != "error"), _error("Answer", fault)]
        return {"outputs": outputs, "seconds": reply.get("seconds", 0.0), "verdict": verdict}

    def _reply_of_examiner(self, cell: Mapping[str, Any]) -> dict[str, Any]:
        """The examiner's reply on a cell, with all that the student's side is asked meanwhile."""
        fork = self._fork("examiner")
        deadline = _Deadline(self._limit(cell))
        order = {
            "source": cell["source"],
            "name": cell["name"],
            "hidden": cell.get("hidden", []),
            "in_place": cell.get("in_place", False),
            "rebinds": sorted(cell.get("rebinds", ())),
            "answers": cell.get("answers", []),
            "used_by_helpers": self._task["used_by_helpers"],
            "processes": [self._ended["examiner"], self._ended["student"]],
        }
        fork.send(messages.CELL + json.dumps(order).encode(), deadline.at)
        late = ""
        while True:
            try:
                message = self._receive(fork, deadline)
            except TimeoutError:
                if late:
                    fork.kill()
                    raise Gone(late) from None
                late = f"took more than {self._limit(cell):g} seconds"
                fork.interrupt()
                deadline = _Deadline(GRACE)
                continue
            if message[:1] == messages.VERDICT:
                reply = json.loads(message[1:])
                reply["fault"] = reply["fault"] or late
                return reply
            if message[:1] == messages.USED:
                fork.send(repr(self._used_by_student()).encode(), time.monotonic() + GRACE)
                continue
            answer = self._answer_of_student(message[1:], deadline, cell)
            if answer[:1] == messages.GONE:  # it asks no more, and needs a moment to say so
                deadline = max(deadline, _Deadline(GRACE), key=lambda each: each.at)
            fork.send(answer, time.monotonic() + GRACE)

    def _answer_of_student(self, request: bytes, deadline: _Deadline, cell: Mapping[str, Any]) -> bytes:
        """What the student's process answers the examiner, or why it does not."""
        late = f"took more than {self._limit(cell):g} seconds"
        try:
            fork = self._fork("student")
            self._called_since_start = True
            fork.send(request, deadline.at)
            return messages.ANSWER + self._receive(fork, deadline)
        except TimeoutError:
            fork.interrupt()
            try:
                self._receive(fork, _Deadline(GRACE))
            except (TimeoutError, Gone):
                self._end("student")
            return messages.GONE + f"the answer {late}".encode()
        except Gone as gone:
            self._end("student")
            return messages.GONE + f"while the answer ran: {gone}".encode()

    # --- time ---

    def _receive(self, fork: Fork, deadline: _Deadline, limit: int = messages.MAX_BYTES) -> bytes:
        """The fork's next message. Raises TimeoutError when the time is up, and Gone.

        The deadline moves on by the time for which the processes were ready to run and something else ran.
        """
        while not fork.speaks(deadline.at):
            more = min(sum(each.waited() for each in self._forks.values()), deadline.latest - deadline.at)
            if more < 0.01:
                raise TimeoutError
            deadline.at += more
            self._given += more
        # What has begun is read to its end, or nothing could be read after it.
        return fork.receive(max(deadline.at, time.monotonic() + GRACE), limit)

    def _used_by_student(self) -> float:
        """Seconds of processor time, in all processes that the student's side has had."""
        fork = self._forks.get("student")
        return self._processor + (fork.used().processor if fork else 0.0)

    # --- processes ---

    def _fork(self, role: str) -> Fork:
        """The fork that is there, or a new one brought to the same point. Raises Gone."""
        if role in self._forks:
            return self._forks[role]
        if self._replacements > MOST_REPLACEMENTS:
            raise Gone(f"its process had to be replaced {MOST_REPLACEMENTS} times already")
        self._replacements += 1
        fork = self._forks[role] = self._pair[role].fork(2 * self._slot + (role == "examiner"))
        deadline = _Deadline(self._task["timeout"])
        files = self._task["files" if role == "student" else "own_files"]
        writer = Writer()
        content = messages.pack({"files": [[n, writer.write(c)] for n, c in files.items()]}, writer.buffers)
        cells = self._task["cells"]
        prelude = [] if self._pair[role].prelude else self._task["prelude"]
        again, self._ran[role] = self._ran[role], []
        self._called_since_start = self._called_since_start and role != "student"
        try:
            if role == "student":
                fork.send(content, deadline.at)
                self._receive(fork, deadline, MAX_REPLY)
                self._number_processes(fork, deadline)
            else:
                fork.send(messages.FILES + content, deadline.at)
                self._tell_student_of_new_examiner(deadline)
            for cell in [*prelude, *(cells[number] for number in again)]:
                if role == "student":
                    message = messages.pack({"run": {"source": cell["source"], "name": cell["name"]}}, [])
                    self._reply_of_student(fork, message, _Deadline(self._limit(cell)), cell)
                else:
                    self._reply_of_examiner(cell)
            self._ran[role] = again
        except TimeoutError:
            self._end(role)
            raise Gone("it did not start in time") from None
        except Gone:
            self._ran[role] = again
            self._end(role)
            raise
        return fork

    def _number_processes(self, student: Fork, deadline: _Deadline) -> None:
        """Tell the student's process its number and the examiner's: what one knows of another ends with that."""
        numbers = [self._ended["student"], self._ended["examiner"]]
        student.send(messages.pack({"processes": numbers}, []), deadline.at)
        self._receive(student, deadline, MAX_REPLY)

    def _tell_student_of_new_examiner(self, deadline: _Deadline) -> None:
        if student := self._forks.get("student"):
            try:
                self._number_processes(student, deadline)
            except (TimeoutError, Gone):
                self._end("student")

    def _end(self, role: str) -> None:
        if fork := self._forks.pop(role, None):
            self._ended[role] += 1
            ended = fork.close()
            self._memory = max(self._memory, ended.memory_mb)
            self._processor += ended.processor if role == "student" else 0.0

    def _limit(self, cell: Mapping[str, Any]) -> float:
        return cell.get("timeout") or self._task["timeout"]


def _decoded(content: bytes) -> dict[str, Any]:
    if notebooks.count_containers(content) > MAX_CONTAINERS:
        raise messages.CannotCross("more values than a cell can show")
    header, _ = messages.unpack(content)
    if not isinstance(header, dict):
        raise messages.CannotCross("a damaged answer")
    return header


def _names_among(known: Sequence[str], reply: Mapping[str, Any]) -> set[str]:
    """Those of these names that a student's reply on a cell says are bound."""
    said = reply.get("names")
    return set(known) & {name for name in said if isinstance(name, str)} if isinstance(said, list) else set()


def _checked(reply: dict[str, Any]) -> dict[str, Any]:
    """A student's reply on a cell, taken apart and put together again from what is of the right type."""
    error = reply.get("error")
    if isinstance(error, dict):
        error = {key: _text(str(error.get(key, "")))[:2000] for key in ("type", "name", "text")}
    value, lines = reply.get("value"), reply.get("lines")
    return {
        "outputs": _outputs(reply),
        "error": error if isinstance(error, dict) else None,
        "value": value if isinstance(value, float) else None,
        "lines": [n for n in lines if type(n) is int and n > 0] if isinstance(lines, list) else [],
        "fault": _text(str(reply.get("fault") or ""))[:600],
    }


def _outputs(reply: dict[str, Any]) -> list[dict[str, Any]]:
    """Those outputs that are what nbformat asks for."""
    found = reply.get("outputs")
    kept = []
    for output in found[:1000] if isinstance(found, list) else ():
        kind = output.get("output_type") if isinstance(output, dict) else None
        if kind == "stream" and output.get("name") in ("stdout", "stderr"):
            kept.append({"output_type": kind, "name": output["name"], "text": _text(output.get("text"))})
        elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
            found_data = output["data"]
            data = {k: _text(found_data[k]) for k in KINDS if isinstance(found_data.get(k), str)}
            alts = output["metadata"].items() if isinstance(output.get("metadata"), dict) else ()
            metadata = {
                k: {"alt": _text(v["alt"])[:2000]}
                for k, v in alts
                if k in KINDS and isinstance(v, dict) and isinstance(v.get("alt"), str)
            }
            kept.append({"output_type": kind, "data": data, "metadata": metadata})
            if kind == "execute_result":
                kept[-1]["execution_count"] = None
        elif kind == "error":
            kept.append(_error(_text(output.get("ename"))[:200], _text(output.get("evalue"))[:2000]))
            trace = output.get("traceback")
            lines = trace[:200] if isinstance(trace, list) else []
            kept[-1]["traceback"] = [_text(line)[:2000] for line in lines]
    return kept


def _that_fit(room: int, outputs: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """Those outputs that fit into so many characters, and how many are left; errors always fit."""
    kept = []
    for output in outputs:
        texts = [output.get("text", ""), *output.get("data", {}).values()]
        size = sum(map(len, texts))
        if output["output_type"] == "error" or size <= room:
            kept.append(output)
            room -= min(size, room)
        elif not kept or kept[-1].get("text") != TOO_MUCH:
            kept.append({"output_type": "stream", "name": "stderr", "text": TOO_MUCH})
    return kept, room


def _text(found: Any) -> str:
    return found.encode("utf-8", errors="replace").decode("utf-8") if isinstance(found, str) else ""


def _error(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}


def _verdict(
    *,
    value: float | None = None,
    error: dict[str, str] | None = None,
    lines: Sequence[int] = (),
    fault: str = "",
    returned: str = "",
    scores: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """What `examine` says of a test."""
    return {
        "value": value,
        "error": error,
        "lines": list(lines),
        "fault": fault,
        "returned": returned,
        "scores": list(scores),
    }
