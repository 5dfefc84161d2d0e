"""What a student asks before handing in: does this notebook pass its public tests, and is it still whole?

`check` executes the notebook as it is saved, freshly, in one kernel, and reports on each question. Nothing here
knows hidden tests or solutions. The notebook's file is only read; what its cells write lies where they put it.
"""

import ast
import contextlib
import copy
import hashlib
import json
import math
import os
import re
import shutil
import subprocess
import textwrap
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit import profiles
from coursekit.progress import track

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

PASSES, FAILS, CRASHED = "passes", "fails", "crashed"
NOT_ATTEMPTED, NOT_CHECKED = "not attempted", "not checked"
ANSWERED, NOT_ANSWERED, BY_HAND = "answered", "not answered", "graded by hand"

LARGEST = 100_000_000
# As in coursekit.notebooks, which learners do not import.
TEST_ID = re.compile(r"(?P<question>.+)-test-\d+")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_FRAME = re.compile(r"Cell In\[(\d+)\], line (\d+)")
_CONFLICT = re.compile(r"^(<<<<<<<|>>>>>>>)( |$)", re.MULTILINE)
_FRESH = "a fresh copy of the released notebook"
_WORDS = {
    "solution": "answer cell",
    "test": "test cell",
    "locked": "locked cell",
    "manual": "hand-graded answer cell",
    "task": "task",
}


@dataclass(frozen=True)
class Question:
    """What came out for a question, a test cell of its own, or a cell that a person grades.

    `why` may have several lines; `cell` counts the notebook's cells from 1, text included (None: not there).
    """

    name: str
    verdict: str
    why: str = ""
    cell: int | None = None


@dataclass(frozen=True)
class Damage:
    """Something in the file that is not as it was released, and how to mend it. `cell` as in Question."""

    what: str
    mend: str
    cell: int | None = None


@dataclass(frozen=True)
class Report:
    """All that `check` found out. `errors`: cells outside the questions that stop with an error."""

    notebook: Path
    profile: str
    questions: list[Question] = field(default_factory=list)
    by_hand: list[Question] = field(default_factory=list)
    errors: list[Question] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    saved: float | None = None
    seconds: float = 0.0

    @property
    def status(self) -> int:
        """The exit status: 0 when every autograded question passes its public tests, else 1."""
        passed = all(question.verdict == PASSES for question in self.questions)
        return 0 if passed and (self.questions or self.by_hand) else 1

    def table(self, width: int = 100) -> str:
        """One row for each question and each hand-graded answer: name, verdict, why. Wrapped at `width`."""
        rows = [*self.questions, *self.by_hand]
        name = max((len(row.name) for row in rows), default=0)
        verdict = max((len(row.verdict) for row in rows), default=0)
        lines = []
        for row in rows:
            head = f"  {row.name:{name}}  {row.verdict:{verdict}}  "
            hanging = " " * min(len(head), width // 2)
            lines += _wrapped(head, row.why, hanging, width) if row.why else [head.rstrip()]
        return "\n".join(lines)

    def lines(self, width: int | None = None) -> list[str]:
        """The whole report for a terminal of this width (default: the one at hand)."""
        width = max(60, min(width or shutil.get_terminal_size((100, 24)).columns, 120))
        lines = [self._header()]
        if self.questions or self.by_hand:
            lines += ["Cells are counted from the top, text included.", "", *self.table(width).splitlines()]
        if self.errors:
            lines += ["", "Cells outside the questions that stop with an error:"]
            for error in self.errors:
                lines += _wrapped(f"  {error.name}: ", error.why, "      ", width)
        if self.damage:
            lines += ["", "Not as it was released:"]
            for damage in self.damage:
                lines += _wrapped("  - ", damage.what, "    ", width)
                lines += _wrapped("    ", damage.mend, "    ", width)
        lines += [""] if self.notes else []
        for note in self.notes:
            lines += _wrapped("", f"Note: {note}", "", width)
        *advice, summary = self._ending()
        return [*lines, "", *(line for text in advice for line in _wrapped("", text, "", width)), summary]

    def _header(self) -> str:
        if self.saved is None:
            return f"{self.notebook.name}:"
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.saved))
        how = f", executed in {self.seconds:.0f} s (profile {self.profile})" if self.questions else ""
        return f"{self.notebook.name} as saved at {when}{how}:"

    def _ending(self) -> list[str]:
        if not self.questions and not self.by_hand:
            return ["Nothing could be checked (exit status 1)."]
        texts = [f"Next: {todo}, save the notebook, and check again."] if (todo := self._next()) else []
        if any(question.verdict == PASSES for question in self.questions):
            texts.append(
                "Hidden tests may still fail: the grader also tries your answers where you cannot look."
            )
        return [*texts, self._summary()]

    def _next(self) -> str:
        """What to do first: an error in a setup cell, say, fails all that comes after it."""
        todo = [question for question in self.questions if question.verdict not in (PASSES, NOT_CHECKED)]
        first = min((question.cell or math.inf for question in todo), default=0)
        for error in self.errors:
            if error.cell < first:
                return f"mend {error.name}, since later cells may need what it does"
        for question in todo:
            verb = "answer" if question.verdict == NOT_ATTEMPTED else "mend"
            return f"{verb} {question.name!r}" + (f" in cell {question.cell}" if question.cell else "")
        if self.status and self.damage:
            return "see to what is not as it was released"
        for question in self.by_hand:
            if question.verdict == NOT_ANSWERED and question.cell:
                return f"answer {question.name!r} in cell {question.cell}, which a person grades"
        return ""

    def _summary(self) -> str:
        total = len(self.questions)
        if not total:
            return "This notebook has no question with tests (exit status 0)."
        passed = sum(question.verdict == PASSES for question in self.questions)
        counts = [
            f"{count} {'fail' if verdict == FAILS and count > 1 else verdict}"
            for verdict in (FAILS, CRASHED, NOT_ATTEMPTED, NOT_CHECKED)
            if (count := sum(question.verdict == verdict for question in self.questions))
        ]
        if not counts:
            return (
                f"{'The question passes its' if total == 1 else f'All {total} questions pass their'} "
                "public tests (exit status 0)."
            )
        verb = "passes its" if passed == 1 else "pass their"
        return (
            f"{passed} of {total} questions {verb} public tests; {', '.join(counts)} "
            "(exit status 1; 0 when all pass)."
        )


def check(notebook: Path, *, profile: str = "smoke", timeout: float = 300) -> Report:
    """Execute the notebook freshly and say what its public tests say, and what in it is damaged.

    timeout: seconds that one cell may take. A cell that takes longer, or ends the kernel, is left out, and the
    cells before it run again in a new kernel, so that the other questions get their verdict. Cells tagged
    `study` do not run, as in grading. A file that cannot be checked at all is a Report that says so. Raises
    ValueError for an unknown profile or a timeout that is not above 0, ChildProcessError when no kernel starts.
    """
    if profile not in profiles.NAMES:
        raise ValueError(f"profile is one of {', '.join(profiles.NAMES)}; got {profile!r}")
    if not timeout > 0:
        raise ValueError(f"timeout must be above 0 seconds, got {timeout!r}")
    notebook = Path(notebook)
    try:
        nb, saved = _read(notebook)
    except _Unreadable as fault:
        return Report(notebook, profile, damage=[Damage(fault.what, fault.mend)])
    parts, notes = _parts(nb)
    if not any(part.kind != "locked" for part in parts.values()):
        nothing = Damage(
            "No cell of this notebook is graded.",
            f"Is it the right file? If it is, start again from {_FRESH} and copy your answers into it.",
        )
        return Report(notebook, profile, damage=[nothing], saved=saved)
    found = damage(nb)
    started = time.monotonic()
    run = _Run(_as_graded(nb, parts), parts, notebook.resolve().parent, profile, timeout)
    outcomes = run.outcomes() if any(part.kind == "test" for part in parts.values()) else {}
    questions = [_judged(asked, run.nb, parts, outcomes) for asked in run.questions]
    return Report(
        notebook,
        profile,
        questions,
        by_hand=_by_hand(nb, parts),
        errors=_other_errors(run, outcomes),
        damage=found,
        notes=notes,
        saved=saved,
        seconds=time.monotonic() - started,
    )


def digest(source: str) -> str:
    """The digest by which a cell's source is compared with the released one."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


# Reading the file


class _Unreadable(Exception):
    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


def _read(path: Path) -> tuple["NotebookNode", float]:
    """The notebook without its outputs, and when it was saved. Raises _Unreadable, with how to mend it."""
    import nbformat

    try:
        about = path.stat()
        if path.is_dir():
            raise _Unreadable(f"{path} is a folder.", "Name the notebook in it that you want to check.")
        if about.st_size > LARGEST:
            raise _Unreadable(
                f"The file has {about.st_size / 1e6:.0f} MB, more than the {LARGEST / 1e6:.0f} MB that are "
                "graded; almost all of it must be outputs.",
                "In JupyterLab choose Edit > Clear Outputs of All Cells, and save.",
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise _Unreadable(f"There is no file {path}.", "Check the name and the folder you are in.") from None
    except OSError as error:
        raise _Unreadable(
            f"The file cannot be read: {error.strerror}.", "Check that it is yours to read."
        ) from None
    data = _parsed(path, content)
    for cell in data["cells"]:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            cell["outputs"] = []  # nothing here looks at them, so faults in them do not matter
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbformat mends cells' ids; nobody else has to
            nb = nbformat.reader.reads(json.dumps(data))
            nbformat.validate(nb, relax_add_props=True)
    except Exception as error:  # whatever nbformat stumbles over in a damaged file
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise _Unreadable(f"This is not a valid notebook: {reason}.", _restore(path)) from None
    for number, cell in enumerate(nb.cells, start=1):
        try:
            cell.source.encode()
        except UnicodeEncodeError:
            raise _Unreadable(f"Cell {number} holds half a character.", "Type its text again.") from None
    return nb, about.st_mtime


def _parsed(path: Path, content: bytes) -> dict[str, Any]:
    """The JSON of a notebook of format 4, not yet checked any further."""
    if not content.strip():
        raise _Unreadable("The file is empty.", _restore(path))
    try:
        text = content.decode("utf-8")
        data = json.loads(text)
    except UnicodeDecodeError:
        raise _Unreadable("The file is not a notebook: it is not text in UTF-8.", _restore(path)) from None
    except RecursionError:
        raise _Unreadable("The file is not a notebook: it is nested too deeply.", _restore(path)) from None
    except ValueError as error:
        if conflict := _CONFLICT.search(text):
            line = text.count("\n", 0, conflict.start()) + 1
            raise _Unreadable(
                f"The file holds the marks of a git merge conflict, the first in line {line}.",
                f"`git checkout --ours {path.name}` keeps the one version and `--theirs` the other, as long "
                f"as git is still merging. Otherwise: {_restore(path)}",
            ) from None
        if text.lstrip().startswith("<"):
            raise _Unreadable(
                "The file is a web page, not a notebook.",
                "The page around the notebook was saved: download the notebook's own file (Raw, Download).",
            ) from None
        line = getattr(error, "lineno", 1)
        raise _Unreadable(f"The file is not valid JSON, from line {line} on.", _restore(path)) from None
    if not isinstance(data, dict) or not isinstance(data.get("nbformat"), int):
        raise _Unreadable("The file is JSON, but not a notebook.", _restore(path))
    if data["nbformat"] < 4:
        raise _Unreadable(
            f"The notebook has the old format {data['nbformat']}, expected 4.",
            "Open it in JupyterLab and save it: that writes format 4.",
        )
    if data["nbformat"] > 4 or not isinstance(data.get("cells"), list):
        raise _Unreadable(
            f"This is not a notebook of format 4 (nbformat: {data['nbformat']}, "
            f"{'with' if 'cells' in data else 'without'} cells).",
            _restore(path),
        )
    return data


def _restore(path: Path) -> str:
    kept = path.parent / ".ipynb_checkpoints" / f"{path.stem}-checkpoint.ipynb"
    fresh = f"Start again from {_FRESH} and copy your answers into it."
    if kept.is_file():
        return f"JupyterLab kept an earlier version in {kept}: copy that over the file. {fresh}"
    return fresh


# Cells that belong, and what is wrong with them


@dataclass(frozen=True)
class _Part:
    """A cell that the released notebook has. `sha256` is "" where the notebook does not say it."""

    kind: str
    cell_type: str
    sha256: str
    number: int


def _parts(nb: "NotebookNode") -> tuple[dict[str, _Part], list[str]]:
    """The cells that belong into this notebook, by grade_id, in order; and what the student should know."""
    about = nb.metadata.get("coursekit")
    listed = about.get("cells") if isinstance(about, dict) else None
    try:
        parts = {
            name: _Part(of["kind"], of["cell_type"], of["sha256"], int(of["number"]))
            for name, of in (listed or {}).items()
            if of["kind"] in _WORDS
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        parts = {}
    if parts:
        return dict(sorted(parts.items(), key=lambda item: item[1].number)), []
    for number, cell in enumerate(nb.cells, start=1):
        marks = _marks(cell)
        name, kind = marks.get("grade_id"), _kind(marks)
        cell_type = marks.get("cell_type", cell.cell_type)
        if kind == "test" and cell_type != "code":
            kind = "task"  # nbgrader leaves a graded text cell to a person
        if name and kind:
            parts.setdefault(str(name), _Part(kind, cell_type, "", number))
    missing = "damaged" if listed else "missing"
    note = (
        f"the notebook's list of its own cells (metadata.coursekit.cells) is {missing}, so a deleted cell is "
        "not noticed; the rest is told from what nbgrader wrote into each cell."
    )
    return parts, [note]


def _marks(cell: "NotebookNode") -> dict[str, Any]:
    marks = cell.metadata.get("nbgrader")
    return marks if isinstance(marks, dict) else {}


def _kind(marks: dict[str, Any]) -> str:
    """What nbgrader's metadata make of a cell; "" for one that it leaves alone."""
    if marks.get("task"):
        return "task"
    if marks.get("grade"):
        return "manual" if marks.get("solution") else "test"
    return "solution" if marks.get("solution") else "locked" if marks.get("locked") else ""


def _places(nb: "NotebookNode") -> dict[str, list[int]]:
    """Where (from 0) the cells of each grade_id stand."""
    places: dict[str, list[int]] = {}
    for index, cell in enumerate(nb.cells):
        if name := _marks(cell).get("grade_id"):
            places.setdefault(str(name), []).append(index)
    return places


def damage(nb: "NotebookNode") -> list[Damage]:
    """What is not as it was released, in the order of the released cells; then what came in from outside."""
    parts, _ = _parts(nb)
    places = _places(nb)
    found = []
    for name, part in parts.items():
        here = places.get(name, [])
        if not here:
            found.append(_missing(name, part))
        if len(here) > 1:
            found.append(_duplicated(name, part, here))
        found += [fault for index in here if (fault := _changed(nb.cells[index], name, part, index + 1))]
    missing = {part.kind: name for name, part in reversed(parts.items()) if name not in places}
    for name, here in places.items():
        if name not in parts:
            found += [_stranger(nb.cells[index], name, index + 1, missing) for index in here]
    for number, cell in enumerate(nb.cells, start=1):
        if conflict := _CONFLICT.search(cell.source):
            line = cell.source.count("\n", 0, conflict.start()) + 1
            what = f"Cell {number} holds the marks of a git merge conflict, the first in line {line}."
            mend = "Keep one of the two versions and delete the lines <<<<<<<, ======= and >>>>>>>."
            found.append(Damage(what, mend, number))
    return found


def _missing(name: str, part: _Part) -> Damage:
    what = f"The {_WORDS[part.kind]} {name!r} is missing; it was cell {part.number} of the released notebook."
    if part.kind in ("solution", "manual"):
        mend = (
            f"Copy it from {_FRESH} to where it was, and put your answer into it: only this cell ties an "
            "answer to its question."
        )
        return Damage(what, mend)
    return Damage(what, _restored(part.kind))


def _restored(kind: str) -> str:
    needed = "To see here what it says" if kind == "test" else "If other cells fail here without it"
    return f"It costs no points: the grader puts its own copy there. {needed}, copy the cell from {_FRESH}."


def _duplicated(name: str, part: _Part, here: list[int]) -> Damage:
    numbers = [str(index + 1) for index in here]
    listed = f"{', '.join(numbers[:-1])} and {numbers[-1]}"
    what = f"The {_WORDS[part.kind]} {name!r} is there {len(here)} times: cells {listed}."
    if part.kind in ("solution", "manual"):
        mend = (
            "Keep the one with your answer and delete the others, so that it is clear which counts. If "
            f"JupyterLab does not let you delete them, copy your answers into {_FRESH}."
        )
    else:
        mend = "It costs no points: the grader counts the cell once. Delete the copies that you made."
    return Damage(what, mend, here[0] + 1)


def _changed(cell: "NotebookNode", name: str, part: _Part, number: int) -> Damage | None:
    yours = part.kind in ("solution", "manual")
    what = f"Cell {number}, the {_WORDS[part.kind]} {name!r}, "
    if cell.cell_type != part.cell_type:
        key, now = ("Y", "code") if part.cell_type == "code" else ("M", "text (markdown)")
        was = {"code": "code", "markdown": "text (markdown)"}.get(cell.cell_type, cell.cell_type)
        mend = f"Select it, press Esc and then {key}: that makes it {now} again."
        return Damage(
            f"{what}was turned into {was}.",
            mend if yours else f"{mend} Or leave it: the grader puts its own copy there.",
            number,
        )
    kind = _kind(_marks(cell))
    if kind != part.kind and not (kind == "test" and part.kind == "task"):
        now = f"they now say {_WORDS[kind]!r}" if kind else "they are gone"
        mend = f"Copy the cell from {_FRESH}, put your answer into it, and delete this one."
        return Damage(
            f"{what}has changed nbgrader metadata: {now}.", mend if yours else _restored(part.kind), number
        )
    if _edited(cell, part):
        if yours:
            return None
        mend = _restored(part.kind)
        if part.kind == "locked":
            mend = (
                "The grader runs its own copy, so it costs no points unless your answers need the change. To "
                f"undo it, copy the cell from {_FRESH}."
            )
        return Damage(f"{what}was changed.", mend, number)
    if not yours or part.sha256:
        # The source is the released one, so a checksum that does not fit comes from points or flags.
        if _marks(cell).get("checksum", _checksum(cell)) != _checksum(cell):
            mend = f"Copy the cell from {_FRESH} and delete this one." if yours else _restored(part.kind)
            return Damage(f"{what}has changed nbgrader metadata (points, say).", mend, number)
    return None


def _stranger(cell: "NotebookNode", name: str, number: int, missing: dict[str, str]) -> Damage:
    what = f"Cell {number} carries the name {name!r} (grade_id), which no cell of the released notebook has."
    if lost := missing.get(_kind(_marks(cell))):
        mend = (
            f"If it is the cell {lost!r}, give it its name back: Property Inspector (the gears at the top "
            f'right) > Advanced Tools > Cell Metadata, "grade_id": "{lost}".'
        )
    else:
        mend = "If you copied it from another notebook, leave it: it is graded nowhere here."
    return Damage(what, mend, number)


def _edited(cell: "NotebookNode", part: _Part) -> bool:
    """Whether the cell's source, as far as one can know, is another than the released one."""
    if part.sha256:
        return digest(cell.source) != part.sha256
    return _marks(cell).get("checksum", _checksum(cell)) != _checksum(cell)


def _checksum(cell: "NotebookNode") -> str:
    """What nbgrader computes over a cell and keeps in its metadata at release."""
    marks = _marks(cell)
    graded, solution = marks.get("grade", False), marks.get("solution", False)
    locked = False if solution else True if graded else marks.get("locked", False)
    said = [cell.source, cell.cell_type, str(graded), str(solution), str(locked), str(marks.get("grade_id"))]
    if graded:
        with contextlib.suppress(TypeError, ValueError):
            said.append(str(float(marks.get("points"))))
    return hashlib.md5("".join(said).encode(), usedforsecurity=False).hexdigest()


def _blank(cell: "NotebookNode", part: _Part) -> str:
    """Why the answer cell counts as not answered; "" for an answer."""
    if not (_has_code(cell.source) if part.cell_type == "code" else cell.source.strip()):
        return "is empty"
    known = part.sha256 or "checksum" in _marks(cell)
    return "is still as it was released" if known and not _edited(cell, part) else ""


def _begins(cell: "NotebookNode") -> str:
    """The first line of a code cell, by which one finds it: JupyterLab shows no cell numbers."""
    lines = [line for line in cell.source.splitlines() if line.strip() and not line.startswith("#")]
    return f"\n{_shortened(lines[0], 60)}" if lines else ""


def _has_code(source: str) -> bool:
    try:
        return bool(ast.parse(source).body)
    except (SyntaxError, ValueError):
        return True


def _by_hand(nb: "NotebookNode", parts: dict[str, _Part]) -> list[Question]:
    places, found = _places(nb), []
    for name, part in parts.items():
        here = places.get(name, [])
        number = here[0] + 1 if here else None
        if part.kind == "task":
            found.append(Question(name, BY_HAND, "a person reads what you did for this task", number))
        elif part.kind == "manual":
            blank = [_blank(nb.cells[index], part) for index in here]
            why = (
                f"cell {number} {blank[0]}" if here and all(blank) else "" if here else "the cell is missing"
            )
            verdict = NOT_ANSWERED if why else ANSWERED
            found.append(
                Question(name, verdict, f"{why}; a person grades it" if why else "a person grades it", number)
            )
    return found


# Questions


@dataclass(frozen=True)
class _Asked:
    """A question: where its answer stands, and where each of its test cells does (indices from 0)."""

    name: str
    named: bool  # whether the test's names tie it to the answer
    answers: list[int]
    tests: dict[str, list[int]]


def _asked(nb: "NotebookNode", parts: dict[str, _Part]) -> list[_Asked]:
    places = _places(nb)
    found: dict[str, _Asked] = {}
    for name, part in parts.items():
        if part.kind != "test":
            continue
        here = places.get(name, [])
        match = TEST_ID.fullmatch(name)
        question = match["question"] if match else ""
        if question in parts and parts[question].kind in ("solution", "manual"):
            asked = found.setdefault(question, _Asked(question, True, places.get(question, []), {}))
            asked.tests[name] = here
        else:
            before = [
                index
                for answer, indices in places.items()
                if answer in parts and parts[answer].kind == "solution"
                for index in indices
                if here and index < here[0]
            ]
            found[name] = _Asked(name, False, [max(before)] if before else [], {name: here})
    return list(found.values())


def _as_graded(nb: "NotebookNode", parts: dict[str, _Part]) -> "NotebookNode":
    """A copy in which cells have the type that they were released with, as the grader sees to."""
    nb = copy.deepcopy(nb)
    for cell in nb.cells:
        part = parts.get(str(_marks(cell).get("grade_id")))
        if part and part.cell_type != cell.cell_type:
            cell.cell_type = part.cell_type
            for key in ("outputs", "execution_count", "attachments"):
                cell.pop(key, None)
            if part.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
    return nb


@dataclass(frozen=True)
class _Outcome:
    """How a cell ended. `error` is the exception's name, "" when all is well."""

    error: str = ""
    reason: str = ""
    place: str = ""
    lost: bool = False  # the kernel with it
    value: float | None = None  # the number that a test cell shows: nbgrader's partial credit

    @property
    def crashed(self) -> bool:
        return self.lost or self.error == "SystemExit"

    def __str__(self) -> str:
        return f"{self.reason}\n{self.place}".strip()


def _judged(
    asked: _Asked, nb: "NotebookNode", parts: dict[str, _Part], outcomes: dict[int, _Outcome]
) -> Question:
    here = [*asked.answers, *(index for indices in asked.tests.values() for index in indices)]
    verdict, why = _verdict(asked, nb, parts, outcomes)
    return Question(asked.name, verdict, why, here[0] + 1 if here else None)


def _verdict(
    asked: _Asked, nb: "NotebookNode", parts: dict[str, _Part], outcomes: dict[int, _Outcome]
) -> tuple[str, str]:
    """The verdict and why. What the answer cell itself did explains more than what a test made of it."""
    broken = [o for index in asked.answers if (o := outcomes.get(index)) and o.error]
    answers = [nb.cells[index] for index in asked.answers]
    tests = {name: _tested(nb, parts[name], here, outcomes) for name, here in asked.tests.items()}
    failed = [outcome for outcome in tests.values() if isinstance(outcome, _Outcome) and outcome.error]
    silent = not any(_has_code(nb.cells[index].source) for here in asked.tests.values() for index in here)

    for outcome in broken:
        if outcome.crashed and (asked.named or failed):
            return CRASHED, f"the answer: {outcome}"
    for outcome in failed:
        if outcome.crashed:
            return CRASHED, str(outcome)
    blank = [_blank(cell, parts[str(_marks(cell)["grade_id"])]) for cell in answers]
    if blank and all(blank) and (asked.named or failed or silent):
        hint = "" if failed or silent or not asked.named else ", although its public tests pass"
        return NOT_ATTEMPTED, f"cell {asked.answers[0] + 1} {blank[0]}{hint}{_begins(answers[0])}"
    unfinished = any("NotImplementedError" in cell.source for cell in answers)
    if failed and unfinished and "NotImplementedError" in {outcome.error for outcome in [*broken, *failed]}:
        where = asked.answers[0] + 1
        return NOT_ATTEMPTED, f"cell {where} still raises NotImplementedError{_begins(answers[0])}"
    if failed and broken:
        return FAILS, f"the answer stops: {broken[0]}"
    if failed:
        more = f"\n{len(failed)} of its {len(tests)} test cells fail." if len(failed) > 1 else ""
        lost = "Its answer cell is missing.\n" if asked.named and not asked.answers else ""
        return FAILS, f"{lost}{failed[0]}{more}"
    for name, outcome in tests.items():
        if isinstance(outcome, str):
            return NOT_CHECKED, f"{outcome}, so what the grader's copy of {name!r} says is not known"
    for name, outcome in tests.items():
        most = _marks(nb.cells[asked.tests[name][0]]).get("points")
        if outcome.value is not None and isinstance(most, int | float) and 0 <= outcome.value < most:
            return FAILS, f"cell {asked.tests[name][0] + 1} gives {outcome.value:g} of {most:g} points"
    if broken:
        return PASSES, f"although the answer stops: {broken[0]}"
    return PASSES, "all its tests are hidden" if silent else ""


def _tested(
    nb: "NotebookNode", part: _Part, here: list[int], outcomes: dict[int, _Outcome]
) -> _Outcome | str:
    """How the test cell ended; a text when that says nothing, since it is missing or was changed."""
    if not here:
        return "a test cell is missing"
    whole = [index for index in here if not _edited(nb.cells[index], part)]
    if not whole:
        return f"cell {here[0] + 1}, a test cell, was changed"
    ended = [outcomes.get(index, _Outcome()) for index in whole]
    return next((outcome for outcome in ended if outcome.error), ended[0])


def _other_errors(run: "_Run", outcomes: dict[int, _Outcome]) -> list[Question]:
    inside = {index for asked in run.questions for index in asked.answers}
    inside |= {index for asked in run.questions for here in asked.tests.values() for index in here}
    found = []
    for index, outcome in sorted(outcomes.items()):
        if not outcome.error or index in inside:
            continue
        name = str(_marks(run.nb.cells[index]).get("grade_id"))
        stub = (
            name in run.parts and run.parts[name].kind != "locked" and outcome.error == "NotImplementedError"
        )
        if not stub:
            title = f"cell {index + 1}" + (f" ({name})" if name in run.parts else "")
            found.append(Question(title, CRASHED if outcome.crashed else FAILS, str(outcome), index + 1))
    return found


# Execution


class _Run:
    """One execution of a notebook, in as many kernels as it takes to get to its end."""

    def __init__(
        self, nb: "NotebookNode", parts: dict[str, _Part], folder: Path, profile: str, timeout: float
    ) -> None:
        self.nb, self.parts, self.folder, self.timeout = nb, parts, folder, timeout
        self.questions = _asked(nb, parts)
        self.environment = {
            **os.environ,
            "COURSEKIT_PROFILE": profile,
            "COURSEKIT_PROGRESS": os.environ.get("COURSEKIT_PROGRESS", "off"),
            # What `nbgrader validate` tells a notebook.
            "NBGRADER_VALIDATING": "1",
            "NBGRADER_EXECUTION": "validate",
        }

    def outcomes(self) -> dict[int, _Outcome]:
        """How each cell that runs ended, by index."""
        steps = [index for index, cell in enumerate(self.nb.cells) if self._runs(cell)]
        ended: dict[int, _Outcome] = {}
        left_out: set[int] = set()
        with track(total=len(steps), desc="Checking", unit="cell") as bar:
            # Each round gets to the end or leaves out one more cell.
            while len(ended) < len(steps):
                with self._kernel() as execute:
                    for index in steps:
                        if index in left_out:
                            continue
                        outcome = execute(index)
                        ended.setdefault(index, outcome)
                        if outcome.lost:
                            left_out |= {index, *self._hopeless(index, steps)}
                            for other in left_out:
                                ended.setdefault(other, outcome)
                        bar.update(len(ended) - bar.n)
                        if outcome.lost:
                            break
        return ended

    def _runs(self, cell: "NotebookNode") -> bool:
        part = self.parts.get(str(_marks(cell).get("grade_id")))
        graded = part is not None and part.kind != "locked"
        return cell.cell_type == "code" and bool(cell.source.strip()) and (graded or not _study(cell))

    def _hopeless(self, index: int, steps: list[int]) -> set[int]:
        """The later tests of a question whose test was lost: each would take as long again."""
        for asked in self.questions:
            tests = {other for here in asked.tests.values() for other in here}
            if index in tests:
                return {other for other in tests if other > index and other in steps}
        return set()

    @contextlib.contextmanager
    def _kernel(self) -> Iterator[Callable[[int], _Outcome]]:
        """A new kernel in the notebook's folder; yields the function that executes a cell in it."""
        from jupyter_client.kernelspec import NoSuchKernel

        client, replies = _client(self.nb, self.timeout)
        counts: dict[int, int] = {}
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(
                    client.setup_kernel(
                        cwd=str(self.folder),
                        env=self.environment,
                        # What libraries write past Python belongs to no cell.
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                    )
                )
            except (NoSuchKernel, RuntimeError, OSError) as error:
                raise ChildProcessError(
                    f"no Jupyter kernel starts here: {error}; `coursekit doctor` says what is missing"
                ) from error
            yield lambda index: self._executed(client, replies, counts, index)

    def _executed(
        self, client: "NotebookClient", replies: list[dict], counts: dict[int, int], index: int
    ) -> _Outcome:
        from nbclient.exceptions import CellTimeoutError, DeadKernelError

        cell = self.nb.cells[index]
        try:
            client.execute_cell(cell, index)
        except CellTimeoutError:
            reason = f"not done after {self.timeout:g} s: an endless loop?"
            return _Outcome("CellTimeoutError", reason, self._at(index), lost=True)
        except DeadKernelError:
            reason = "the kernel died: memory ran out, os._exit was called, or compiled code crashed"
            return _Outcome("DeadKernelError", reason, self._at(index), lost=True)
        reply = replies.pop()
        counts[reply.get("execution_count", 0)] = index
        if any(said.get("source") == "ask_exit" for said in reply.get("payload", [])):
            return _Outcome("SystemExit", "exit() or quit() ends the kernel", self._at(index), lost=True)
        if reply["status"] == "ok":
            return _Outcome(value=_number(cell.outputs))
        trace = _ANSI.sub("", "\n".join(reply.get("traceback", [])))
        frames = [(counts[int(n)], int(line)) for n, line in _FRAME.findall(trace) if int(n) in counts]
        return _Outcome(reply.get("ename") or "Error", self._reason(reply), self._place(frames, index))

    def _reason(self, reply: dict[str, Any]) -> str:
        name = reply.get("ename") or "Error"
        value = _ANSI.sub("", str(reply.get("evalue", ""))).strip()
        # A syntax error names IPython's temporary file, which helps nobody.
        value = re.sub(r" \(\d+\.py, line \d+\)$", "", value)
        if name == "StdinNotImplementedError":
            value = "input() has nobody to ask when a notebook is graded"
        elif name == "SystemExit":
            return "sys.exit() ends the program"
        elif name == "NameError" and (study := self._studied(value)):
            value += f"; cell {study} defines it, but that is a study, and studies do not run for grading"
        elif name == "AssertionError":
            return _shortened(value) or "this assertion does not hold"
        return _shortened(f"{name}: {value}".rstrip(": "))

    def _studied(self, message: str) -> int | None:
        """The number of the study cell that defines the name that the message misses."""
        missed = re.search(r"name '(\w+)' is not defined", message)
        for number, cell in enumerate(self.nb.cells, start=1):
            if missed and cell.cell_type == "code" and not self._runs(cell):
                if missed[1] in _defined(cell.source):
                    return number
        return None

    def _at(self, index: int, line: int | None = None) -> str:
        if line is None:
            return f"while cell {index + 1} ran"
        lines = self.nb.cells[index].source.splitlines()
        code = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        return f"in cell {index + 1}, line {line}: {textwrap.shorten(code, 60, placeholder=' ...')}"

    def _place(self, frames: list[tuple[int, int]], index: int) -> str:
        """Where the error came up and, when that is another cell, from where it was called."""
        if not frames:
            return self._at(index)
        called = f"\ncalled {self._at(*frames[0])}" if frames[0][0] != frames[-1][0] else ""
        return self._at(*frames[-1]) + called


def _client(nb: "NotebookNode", timeout: float) -> tuple["NotebookClient", list[dict[str, Any]]]:
    """A client for the notebook, and the list onto which it puts the kernel's reply to each cell."""
    from nbclient import NotebookClient

    class Client(NotebookClient):
        def output(self, outs, msg, display_id, cell_index):
            """Keep results alone: a cell that prints without end would fill the memory here."""
            if msg["msg_type"] == "execute_result":
                return super().output(outs, msg, display_id, cell_index)
            return None

    replies: list[dict[str, Any]] = []
    client = Client(
        nb,
        allow_errors=True,
        timeout_func=lambda cell: timeout,
        startup_timeout=120,
        # The default of 4 s fails on a busy machine.
        iopub_timeout=60,
        kernel_name="python3",
        # Kernels warn on the terminal that TCP on this machine is not encrypted.
        extra_arguments=["--log-level=50"],
        shutdown_kernel="immediate",
        # Which cells run is decided here.
        skip_cells_with_tag="",
        record_timing=False,
        store_widget_state=False,
        on_cell_executed=lambda cell, cell_index, execute_reply: replies.append(execute_reply["content"]),
    )
    return client, replies


def _study(cell: "NotebookNode") -> bool:
    tags = cell.metadata.get("tags")
    return isinstance(tags, list) and "study" in tags


def _defined(source: str) -> set[str]:
    """The names that a piece of code assigns, defines or imports."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError):
        return set()
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return names | {(node.asname or node.name).split(".")[0] for node in nodes if isinstance(node, ast.alias)}


def _number(outputs: list["NotebookNode"]) -> float | None:
    """The number that a cell shows as its result."""
    for output in outputs:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return float(output["data"]["text/plain"])
    return None


def _shortened(text: str, most: int = 1_000) -> str:
    return text if len(text) <= most else f"{text[:most]} ..."


def _wrapped(first: str, text: str, hanging: str, width: int) -> list[str]:
    """The text in lines of at most `width`, the first after `first`, the others after `hanging`."""
    lines: list[str] = []
    for part in "".join(
        c if c.isprintable() or c == "\n" else "?" for c in text.expandtabs()
    ).splitlines() or [""]:
        lead = hanging if lines else first
        room = max(24, width - max(len(lead), len(hanging)))
        wrapped = textwrap.wrap(part, room, break_on_hyphens=False) or [""]
        lines += [(lead if number == 0 else hanging) + line for number, line in enumerate(wrapped)]
    return [line.rstrip() for line in lines]
