"""What a student may be told of a graded submission: messages, outputs of tests, notes and times.

Whatever comes from running a student's code is that of a run without hidden tests, or of the part of the graded run
that came before any (see `grading.show`); of the rest, no more is told than which tests lost points. Where the grader
did not keep the code from the tests, nothing that the code had a part in is repeated.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from coursekit.staff.feedback.released import ReleasedNotebook
from coursekit.staff.grading.score import HIDDEN
from coursekit.staff.wording import points

# Of a test that was graded with other points than it gives when students may watch.
WITHOUT = "A part of this test is hidden. Without that part it gives {} of {} points."
AGAIN = (
    "When your work was run again, this test gave {} of {} points. Does your answer depend on chance, or on how "
    "long it takes?"
)


@dataclass(frozen=True)
class TestReport:
    """What a student may be told of one test; a message is there only when points were lost."""

    message: str = ""
    returned: str = ""
    output: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class Report:
    """What a student may be told of a submission; what is not known is empty or None.

    `recorded`: there is a record of `coursekit grade`; `confined`: the code was kept from the tests. `rough`: seconds
    and memory are upper bounds. `tests` has the names of notebook and test for keys.
    """

    recorded: bool
    confined: bool
    reason: str = ""
    notes: Sequence[str] = ()
    graded_at: str = ""
    seconds: float | None = None
    memory_mb: float | None = None
    rough: bool = False
    tests: dict[tuple[str, str], TestReport] = field(default_factory=dict)

    def tests_of(self, notebook: str) -> dict[str, TestReport]:
        """The tests of one notebook, by name."""
        return {name: test for (where, name), test in self.tests.items() if where == notebook}


def report_on_public_run(
    record: dict[str, Any], public_run: dict[str, Any], released: Iterable[ReleasedNotebook]
) -> Report:
    """What `grading.show` found fit to be seen, and where the grades in `record` differ from it."""
    graded = {_key(question): question for question in record["questions"]}
    hidden = {(notebook.name, name) for notebook in released for name in notebook.hidden_tests}
    tests = {}
    for question in public_run["questions"]:
        key = _key(question)
        tests[key] = TestReport(
            message=_message(graded[key], question, has_hidden=key in hidden),
            returned=question.get("returned", ""),
            output=question.get("output", ""),
            seconds=question.get("seconds"),
        )
    return Report(
        recorded=True,
        confined=True,
        reason=public_run["reason"],
        notes=public_run["notes"],
        graded_at=record["graded_at"],
        seconds=public_run["seconds"],
        memory_mb=public_run["memory_mb"],
        rough=public_run.get("rough", False),
        tests=tests,
    )


def report_without_run(record: dict[str, Any], released: Iterable[ReleasedNotebook]) -> Report:
    """Of a record whose student's code could read the tests, what that code had no part in."""
    public = {
        (notebook.name, name): text for notebook in released for name, text in notebook.public_tests.items()
    }
    tests = {}
    for question in record.get("questions", []):
        key = _key(question)
        message = question["message"].removeprefix("AssertionError: ").strip()
        if question["hidden"]:
            message = HIDDEN
        elif message not in public.get(key, ""):
            message = ""
        tests[key] = TestReport(message=message)
    return Report(
        recorded=bool(record),
        confined=False,
        reason=record.get("reason", ""),
        notes=record.get("notes", ()),
        graded_at=record.get("graded_at", ""),
        tests=tests,
    )


def _key(question: dict[str, Any]) -> tuple[str, str]:
    return question["notebook"], question["question"]


def _message(graded: dict[str, Any], public: dict[str, Any], *, has_hidden: bool) -> str:
    """What a student reads of a test that lost points: what it says without its hidden part, and what that changed."""
    if not graded["message"]:
        return ""
    why = ""
    if graded["hidden"]:
        why = HIDDEN
    elif graded["points"] != public["points"] or not public["message"]:
        why = (WITHOUT if has_hidden else AGAIN).format(points(public["points"]), points(public["maximum"]))
    return f"{why} {public['message']}".strip()
