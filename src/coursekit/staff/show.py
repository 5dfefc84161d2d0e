"""What students may see of their graded work: a run of it that has never met a hidden test.

A student's code can keep what it was called with, and print it in a cell further down. So nothing that it shows
after a hidden test has called it is safe to hand out, and feedback comes from a run of its own, in which the
tests are the ones that students have.
"""

import copy
import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit.staff import grade, sandbox
from coursekit.staff.notebooks import CourseError, grade_id

if TYPE_CHECKING:
    from nbformat import NotebookNode

SHOWN = ".coursekit-shown.json"


def show_class(
    root: Path, assignment: str, students: Sequence[str] = (), *, jobs: int | None = None
) -> dict[str, tuple[dict[str, Any], dict[str, "NotebookNode"]]]:
    """What each graded student may see: a result like `grade`'s, and the notebooks with their outputs.

    Neither its tests nor its outputs come from hidden parts; its points are not the grades. It is kept beside
    the grades until the submission or a test changes. Only submissions that `grade` confined to a sandbox, with
    an examiner of their own, are run. Raises CourseError where no sandbox can be made, and for students on whom
    the run failed.
    """
    course, plans = grade.prepare(root, assignment, isolation="examiner", sandboxed=True)
    graded = course.results(assignment)
    wanted = [s for s in students or graded if s in graded]
    confined = [
        s for s in wanted if graded[s].get("isolation") == "examiner" and graded[s].get("sandboxed") is True
    ]
    public = [_public(plan) for plan in plans]
    keys = {student: grade.key(course, assignment, student, public) for student in confined}
    found = {}
    for student in confined:
        try:
            path = course.folder("autograded", student, assignment) / SHOWN
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["key"] == keys[student]:
                found[student] = kept
        except (OSError, ValueError, KeyError, TypeError):
            continue

    def work(student: str, pairs: Sequence[dict[str, sandbox.Sandbox]], slot: int) -> dict[str, Any]:
        result, notebooks, _ = grade.grade_student(course, assignment, student, public, pairs, slot)
        kept = {"key": keys[student], "result": result, "notebooks": notebooks}
        path = course.folder("autograded", student, assignment) / SHOWN
        path.write_text(json.dumps(kept), encoding="utf-8")
        return kept

    outcomes = grade.each(course, assignment, public, [s for s in confined if s not in found], jobs, work)
    failures = [f"  {student}: {why}" for student, why in outcomes.items() if isinstance(why, str)]
    if failures:
        raise CourseError("\n".join([f"{assignment}: nothing can be shown to", *failures]))
    return {student: _read(kept) for student, kept in {**found, **outcomes}.items()}


def _read(kept: dict[str, Any]) -> tuple[dict[str, Any], dict[str, "NotebookNode"]]:
    from nbformat import from_dict

    return kept["result"], {name: from_dict(nb) for name, nb in kept["notebooks"].items()}


def _public(plan: grade.Plan) -> grade.Plan:
    """The plan with the hidden lines of its tests left blank."""
    master = copy.deepcopy(plan.master)
    for cell in master.cells:
        regions = plan.hidden.get(grade_id(cell), [])
        lines = enumerate(cell.source.split("\n"), start=1)
        cell.source = "\n".join("" if any(a <= n <= b for a, b in regions) else line for n, line in lines)
    return dataclasses.replace(plan, master=master, hidden={name: [] for name in plan.hidden})
