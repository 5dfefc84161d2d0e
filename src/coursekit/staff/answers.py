"""A chapter's answer bank, `answers/<chapter>.py`: answers with the points they deserve, and equivalent mutants."""

import ast
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coursekit.notebooks import CourseError

VERDICTS = ("right", "wrong", "equivalent")
HEADER = "# %% <question> | right or wrong | <points> | <why>"
# In a line of an equivalent mutant, this stands for any text.
ANYTHING = "<...>"


@dataclass(frozen=True)
class Answer:
    """One answer to a question, with the points it deserves, as written in `answers/<chapter>.py`."""

    question: str
    right: bool
    points: float
    why: str
    code: str
    line: int

    @property
    def written(self) -> bool:
        """Whether it is an answer, and not what `coursekit new-question` put in the place of one."""
        return not all(_is_unwritten(statement) for statement in ast.parse(self.code).body)


@dataclass(frozen=True)
class Equivalent:
    """Why a mutant of a reference answer means the same, with the lines (stripped) by which it is recognised."""

    question: str
    points: float
    why: str
    removed: tuple[str, ...]
    added: tuple[str, ...]
    line: int

    def matches(self, removed: tuple[str, ...], added: tuple[str, ...]) -> bool:
        """Whether this is the mutant that takes out and puts in these lines."""
        return _alike(self.removed, removed) and _alike(self.added, added)


def read_answers(path: Path) -> list[Answer]:
    """The answers in a file of cells `# %% <question> | right or wrong | <points> | <why>`, then code.

    Above the first such line only comments may stand. Raises CourseError with file and line otherwise.
    """
    return [
        Answer(entry.question, entry.verdict == "right", entry.points, entry.why, entry.body, entry.line)
        for entry in _entries(path)
        if entry.verdict != "equivalent"
    ]


def read_equivalents(path: Path) -> list[Equivalent]:
    """The mutants listed as equivalent: `# %% <question> | equivalent | <points> | <why>`, then lines as in a diff.

    Each line that the mutant takes out of the reference is a comment `# - line`, each that it puts in `# + line`;
    `<...>` in one stands for any text. Raises CourseError as `read_answers` does.
    """
    return [
        Equivalent(
            entry.question,
            entry.points,
            entry.why,
            _marked(entry.body, "-"),
            _marked(entry.body, "+"),
            entry.line,
        )
        for entry in _entries(path)
        if entry.verdict == "equivalent"
    ]


def fault_of(entry: Answer | Equivalent, maximum: Mapping[str, float]) -> str:
    """What is wrong with an entry's question or points, "" if nothing is. maximum: the points of each question."""
    if entry.question not in maximum:
        return f"no question {entry.question!r}; there are: {', '.join(maximum)}"
    most = maximum[entry.question]
    if isinstance(entry, Equivalent) or entry.right:
        what = "an equivalent mutant" if isinstance(entry, Equivalent) else "a right answer"
        return "" if entry.points == most else f"{what} gets all {most:g} points, not {entry.points:g}"
    return (
        "" if entry.points < most else f"a wrong answer gets less than {most:g} points, not {entry.points:g}"
    )


@dataclass(frozen=True)
class _Entry:
    question: str
    verdict: str
    points: float
    why: str
    body: str
    line: int


def _entries(path: Path) -> list[_Entry]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CourseError(f"{path}: no such file of answers") from None
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise CourseError(f"{path}, line {error.lineno}: {error.msg}") from None
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("# %%")]
    for number, line in enumerate(lines[: starts[0]] if starts else lines, start=1):
        if line.strip() and not line.startswith("#"):
            raise CourseError(f"{path}, line {number}: code above the first `# %%` line: {line!r}")
    if not starts:
        raise CourseError(f"{path}: no answers; expected `{HEADER}`")
    return [
        _entry(path, start + 1, lines[start], _body(lines[start + 1 : end]))
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    ]


def _body(lines: list[str]) -> str:
    """The lines of an entry without the comments at its end, which speak of the next one."""
    while lines and (not lines[-1].strip() or re.match(r"# (?![-+] )", lines[-1])):
        lines = lines[:-1]
    return "\n".join(lines).strip("\n")


def _entry(path: Path, line: int, header: str, body: str) -> _Entry:
    where = f"{path}, line {line}"
    fields = [field.strip() for field in header.removeprefix("# %%").split("|", 3)]
    if len(fields) != 4 or not all(fields):
        raise CourseError(f"{where}: expected `{HEADER}`, got {header!r}")
    question, verdict, points, why = fields
    if verdict not in VERDICTS:
        raise CourseError(f"{where}: expected right or wrong, got {verdict!r}")
    try:
        value = float(points)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise CourseError(f"{where}: expected points of 0 or more, got {points!r}")
    if verdict == "equivalent":
        if not body or any(not re.match(r"# [-+] \S", each) for each in body.splitlines() if each):
            raise CourseError(f"{where}: expected the lines of a mutant, `# - before` and `# + after`")
    elif not body.strip():
        raise CourseError(f"{where}: no code follows")
    return _Entry(question, verdict, value, why, body, line)


def _marked(body: str, mark: str) -> tuple[str, ...]:
    return tuple(
        line.removeprefix(f"# {mark}").strip() for line in body.splitlines() if line.startswith(f"# {mark}")
    )


def _alike(patterns: tuple[str, ...], lines: tuple[str, ...]) -> bool:
    """Whether each line is what the pattern in its place says."""
    if len(patterns) != len(lines):
        return False
    expressions = (".*".join(map(re.escape, pattern.split(ANYTHING))) for pattern in patterns)
    return all(re.fullmatch(wanted, line) for wanted, line in zip(expressions, lines, strict=True))


def _is_unwritten(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Raise) and "NotImplementedError" in ast.unparse(statement)
