"""Prove the tests of an assignment before a class is graded: on its reference, and on what students were given.

The reference is student zero and deserves everything, the release without an answer is student blank and deserves
nothing. Both are graded as any submission is, in the same pool, and nothing of that reaches the gradebook.
"""

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit.notebooks import CourseError
from coursekit.staff.course import Course
from coursekit.staff.grading.model import Graded, NotebookFile, Submission
from coursekit.staff.grading.plan import Plan
from coursekit.staff.steps import Step

if TYPE_CHECKING:
    from nbformat import NotebookNode

# What decides about points beside the plans.
_GRADER = tuple(Path(__file__).parents[1] / name for name in ("grading", "sandbox"))


class Proof:
    """The two submissions of an assignment that are graded first, and what became of them."""

    def __init__(self, course: Course, assignment: str, plans: Sequence[Plan]) -> None:
        self._assignment, self._plans = assignment, plans
        stamp = course.root / "_build" / "proved" / f"{assignment}.json"
        self._step = Step(stamp, (*(plan.digest for plan in plans), *_GRADER))
        self._course = course
        self._open: list[Submission] = []
        self._faults: list[str] = []

    def is_done(self) -> bool:
        """Whether these tests were proved before, with this grader."""
        return self._step.done() is not None

    def before(self, submissions: Iterator[Submission | None]) -> Iterator[Submission | None]:
        """The two, and the others once both are graded."""
        self._open = [
            self._submission("reference", [plan.master for plan in self._plans]),
            self._submission("blank", [_without_answers(self._course, plan) for plan in self._plans]),
        ]
        yield from list(self._open)
        while self._open:
            yield None
        yield from submissions

    def takes(self, submission: Submission, done: Graded | Exception) -> bool:
        """Whether the submission is one of the two.

        Raises CourseError once both are graded, if the tests are not fair.
        """
        if not any(submission is one for one in self._open):
            return False
        if isinstance(done, Exception):
            raise done
        self._open = [one for one in self._open if one is not submission]
        self._faults += _faults(done, reference=submission.student == "reference")
        if not self._open:
            self._conclude()
        return True

    def _conclude(self) -> None:
        if not self._faults:
            self._step.keep()
            return
        warnings = [warning for plan in self._plans for warning in plan.warnings]
        listed = "\n".join(f"  {line}" for line in [*sorted(self._faults), *warnings])
        raise CourseError(
            f"{self._assignment}: nobody was graded, because these tests are not fair:\n{listed}\n"
            "Correct them (and release again), or grade all the same with --unproved, which marks the report."
        )

    def _submission(self, name: str, notebooks: Sequence["NotebookNode"]) -> Submission:
        import nbformat

        files = {
            plan.name: NotebookFile(f"{plan.name}.ipynb", nbformat.writes(nb).encode())
            for plan, nb in zip(self._plans, notebooks, strict=True)
        }
        own_files = self._plans[0].task["own_files"]
        return Submission(name, self._assignment, files, own_files, notes=[], contents="")


def _without_answers(course: Course, plan: Plan) -> "NotebookNode":
    """The notebook as nbgrader gives it out, as far as answers go; `grade` puts the tests back anyway.

    Raises CourseError where nbgrader could not.
    """
    from nbgrader.preprocessors import ClearSolutions

    try:
        return ClearSolutions(config=course.config).preprocess(copy.deepcopy(plan.master), {})[0]
    except (RuntimeError, ValueError) as error:
        raise CourseError(f"{plan.name}: nbgrader could not release it: {error}") from None


def _faults(graded: Graded, *, reference: bool) -> list[str]:
    """The tests that give the reference less than all points, or a notebook without answers more than none."""
    found = [graded.result.reason] if graded.result.reason else []
    for test in graded.result.questions:
        cell = f"{test.notebook}, cell {test.question!r}"
        of = f"{test.points:g} of {test.maximum:g} points"
        if reference and test.points < test.maximum:
            found.append(f"{cell}: the reference answer gets {of}: {test.reason}")
        elif not reference and test.points > 0:
            found.append(f"{cell}: without any answer there are {of}, so everybody gets them")
    return found
