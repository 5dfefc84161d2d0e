"""What students may see of their graded work: a run of it that has never met a hidden test.

A student's code can keep what it was called with, and print it in a cell further down. So nothing that it shows
after a hidden test has called it is safe to hand out, and feedback comes from a run of its own, in which the
tests are the ones that students have.
"""

import copy
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit.notebooks import CourseError, grade_id
from coursekit.staff.course import SHOWN, find_course
from coursekit.staff.grading import grade
from coursekit.staff.grading.model import Graded, Submission
from coursekit.staff.grading.plan import Plan
from coursekit.staff.grading.submission import digest_of_files, grading_key, read_submission
from coursekit.staff.sandbox import host
from coursekit.staff.steps import Step

if TYPE_CHECKING:
    from nbformat import NotebookNode

Shown = tuple[dict[str, Any], dict[str, "NotebookNode"]]


def show_class(
    root: Path, assignment: str, students: Sequence[str] = (), *, jobs: int | None = None
) -> dict[str, Shown | str]:
    """What each graded student may see: a result like `grade`'s, and the notebooks with their outputs.

    Neither its tests nor its outputs come from hidden parts; its points are not the grades. It is kept beside
    the grades until the submission or a test changes. Only submissions that `grade` confined to a sandbox, with
    an examiner of their own, are run; all others are left out. Where the run failed, and where what was graded
    is no longer what is there, a text says so in place of the result. Raises CourseError where no sandbox can
    be made.
    """
    course = find_course(root)
    outcomes: dict[str, Shown | str] = {}
    records = {}
    for student in students or course.students("autograded", assignment):
        try:
            record = course.result(student, assignment)
        except CourseError as error:
            outcomes[student] = str(error)
            continue
        if is_confined(record):
            records[student] = record
    if not records:
        return outcomes
    if reason := host.why_not():
        raise CourseError(f"{assignment}: what students may see comes from a run in a sandbox, but {reason}")
    course, plans = grade.prepare(root, assignment, isolation="examiner", sandboxed=True)
    public = [_public(plan) for plan in plans]
    steps: dict[str, Step] = {}
    for student, record in records.items():
        contents = digest_of_files(course, assignment, student)
        if changed := _changed(assignment, contents, record, plans):
            outcomes[student] = changed
            continue
        path = course.folder("autograded", student, assignment) / SHOWN
        steps[student] = Step(path, (grading_key(contents, public),))
        if kept := steps[student].done():
            outcomes[student] = _read(kept)

    def read(student: str) -> Submission | Shown:
        return read_submission(course, assignment, student, public)

    def save(submission: Submission, graded: Graded) -> Shown:
        result = graded.result.as_dict()
        steps[submission.student].keep(result=result, notebooks=graded.notebooks)
        return result, graded.notebooks

    due = [student for student in steps if student not in outcomes]
    return outcomes | grade.grade_each(course, assignment, public, due, jobs, read=read, save=save)


def is_confined(record: dict[str, Any]) -> bool:
    """Whether, when the submission was graded, the student's code was kept from the tests."""
    return record.get("isolation") == "examiner" and record.get("sandboxed") is True


def _changed(assignment: str, contents: str, record: dict[str, Any], plans: Sequence[Plan]) -> str:
    """Why points and a run made now would not be of the same; empty if they are."""
    if record.get("contents") != contents:
        return f"what was handed in has changed since; `coursekit grade {assignment}` grades it"
    if record.get("tests") != {plan.name: plan.cell_digests for plan in plans}:
        return f"the tests have changed since; `coursekit regrade {assignment}` grades with the new ones"
    return ""


def _read(run: dict[str, Any]) -> Shown:
    from nbformat import from_dict

    return run["result"], {name: from_dict(nb) for name, nb in run["notebooks"].items()}


def _public(plan: Plan) -> Plan:
    """The plan with the hidden lines of its tests left blank."""
    master = copy.deepcopy(plan.master)
    for cell in master.cells:
        regions = plan.hidden.get(grade_id(cell) or "", [])
        lines = enumerate(cell.source.split("\n"), start=1)
        cell.source = "\n".join("" if any(a <= n <= b for a, b in regions) else line for n, line in lines)
    return dataclasses.replace(plan, master=master, hidden={name: [] for name in plan.hidden})
