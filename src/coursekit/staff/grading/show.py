"""What students may see of their graded work: nothing of what ran once a hidden test could have been met.

A student's code can keep what it was called with, and print it in a cell further down. So nothing that it shows
after a hidden test has called it is safe to hand out, and feedback comes from a run of its own, in which the
tests are the ones that students have.

That second run is left out where the first cannot have leaked. A hidden line runs in the examiner's process, no
earlier than the first test that has one begins. What cells and tests above that test showed is therefore what it
would be without hidden lines, and is handed out as it is. Of all below, nothing is that the student's code had a part
in: no output, no message, no value. So the first run is enough for whoever has nothing to read there: no cell of the
student's showed anything, and each test gave full points or failed in a hidden line, which one fixed sentence says.
Time and memory, which code can spend as it likes, are rounded up to a power of ten: that tells less than points do.
"""

import copy
import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit import notebooks
from coursekit.notebooks import CourseError, grade_id
from coursekit.staff.course import SHOWN, Course, find_course
from coursekit.staff.grading import grade
from coursekit.staff.grading.model import Graded, Submission
from coursekit.staff.grading.plan import Plan
from coursekit.staff.grading.submission import digest_of_files, grading_key, read_submission
from coursekit.staff.sandbox import host
from coursekit.staff.steps import Step

if TYPE_CHECKING:
    from nbformat import NotebookNode

# What is kept of a test's result where its run may have met hidden lines.
SILENT = {"reason": "", "message": "", "returned": "", "output": "", "seconds": None, "scores": ()}
Shown = tuple[dict[str, Any], dict[str, "NotebookNode"]]


def show_class(
    root: Path, assignment: str, students: Sequence[str] = (), *, jobs: int | None = None
) -> dict[str, Shown | str]:
    """What each graded student may see: a result like `grade`'s, and the notebooks with their outputs.

    Neither its tests nor its outputs come from hidden parts; its points are not the grades. It is kept beside
    the grades until the submission or a test changes. `rough` in the result says that seconds and memory are upper
    bounds. Only submissions that `grade` confined to a sandbox, with an examiner of their own, are run, and of these
    only those whose first run may have leaked; all others are left out. Where the run failed, and where what was graded
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
        elif first := _of_first_run(course, student, record, plans):
            outcomes[student] = first
            steps[student].keep(result=first[0], notebooks=first[1])

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


def _of_first_run(
    course: Course, student: str, record: Mapping[str, Any], plans: Sequence[Plan]
) -> Shown | None:
    """What of the run that was graded cannot tell of hidden tests; None where that may not be all there is to see."""
    questions = {(question["notebook"], question["question"]): question for question in record["questions"]}
    folder = course.folder("autograded", student, record["assignment"])
    met, shown = False, {}
    for plan in plans:
        path = folder / f"{plan.name}.ipynb"
        if not path.is_file():
            continue  # nothing of it ran
        shown[plan.name] = nb = notebooks.read(path, strict=False)
        for cell in nb.cells:
            regions = plan.hidden.get(grade_id(cell) or "", [])
            met = met or bool(regions)
            if not met:
                continue
            if question := questions.get((plan.name, grade_id(cell) or "")):
                if question["message"] and not question["hidden"]:
                    return None
                questions[plan.name, question["question"]] = question | SILENT
            elif not notebooks.is_course_cell(cell) and cell.get("outputs"):
                return None
            cell.source = _without_lines(cell.source, regions)
            cell.pop("outputs", None)
    rough = {name: _rounded_up(record[name]) for name in ("seconds", "memory_mb")}
    return {**record, **rough, "rough": True, "questions": list(questions.values())}, shown


def _rounded_up(number: float) -> float:
    """The next power of ten, 1 at least."""
    return 10.0 ** math.ceil(math.log10(max(number, 1.0)))


def _read(run: dict[str, Any]) -> Shown:
    from nbformat import from_dict

    return run["result"], {name: from_dict(nb) for name, nb in run["notebooks"].items()}


def _public(plan: Plan) -> Plan:
    """The plan with the hidden lines of its tests left blank."""
    master = copy.deepcopy(plan.master)
    for cell in master.cells:
        cell.source = _without_lines(cell.source, plan.hidden.get(grade_id(cell) or "", []))
    return dataclasses.replace(plan, master=master, hidden={name: [] for name in plan.hidden})


def _without_lines(source: str, regions: Sequence[Sequence[int]]) -> str:
    """The source with the lines of the regions, from and to, left blank."""
    lines = enumerate(source.split("\n"), start=1)
    return "\n".join("" if any(a <= n <= b for a, b in regions) else line for n, line in lines)
