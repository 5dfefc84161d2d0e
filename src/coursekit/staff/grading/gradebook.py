"""Write what a submission earned where nbgrader and its formgrader look for it."""

import collections
import contextlib
import glob
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit import notebooks
from coursekit.files import write_atomically
from coursekit.notebooks import CourseError, grade_id
from coursekit.staff.course import RESULT, Course, succeed
from coursekit.staff.grading.model import Result, Standing

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from nbgrader.api import Gradebook

AUTOTEST = "AUTOTEST"


@dataclass(frozen=True)
class Assignment:
    """An assignment as the gradebook knows it: by the name of each notebook, the cells of its source."""

    name: str
    notebooks: dict[str, "NotebookNode"]


def assignment(course: Course, name: str) -> Assignment:
    """The assignment with its tests as they are now; it is entered into the gradebook when it has to be.

    Raises CourseError for an unknown assignment, for damaged source notebooks, and when nbgrader refuses.
    """
    folder = course.folder("source", ".", name)
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        there = sorted(f.parent.name for f in folder.parent.glob("*/*.ipynb"))
        raise CourseError(
            f"no assignment {name!r}: no notebook in {folder}; there are: {', '.join(dict.fromkeys(there)) or 'none'}"
        )
    sources = {path.stem: notebooks.read(path, strict=False) for path in paths}
    with course.lock(f"assignment-{name}"):
        found = _entered(course, name, sources)
        if found is None:
            _enter(course, name)
            found = _entered(course, name, sources)
    if found is None:
        raise CourseError(f"{name}: what nbgrader entered into the gradebook is not what stands in {folder}")
    return Assignment(name=name, notebooks=found)


def _entered(
    course: Course, name: str, sources: dict[str, "NotebookNode"]
) -> dict[str, "NotebookNode"] | None:
    """The source notebooks with the gradebook's tests and checksums; None if it has others, or none."""
    from nbgrader.api import MissingEntry

    masters = {}
    with course.gradebook() as gradebook:
        for notebook, nb in sources.items():
            try:
                entry = gradebook.find_notebook(notebook, name)
            except MissingEntry:
                return None
            cells = {cell.name: cell for cell in entry.source_cells}
            points = {cell.name: cell.max_score for cell in entry.grade_cells}
            for cell in nb.cells:
                marks = notebooks.nbgrader_metadata(cell)
                if not notebooks.nbgrader_role(cell):
                    cell.metadata.pop("nbgrader", None)
                    continue
                known = cells.get(grade_id(cell))
                if known is None or (marks.get("grade") and float(marks["points"]) != points.get(known.name)):
                    return None
                if not notebooks.is_answer(cell):
                    if cell.source != known.source and AUTOTEST not in cell.source:
                        return None
                    cell.source = known.source
                cell.metadata.nbgrader["checksum"] = known.checksum
            masters[notebook] = nb
    return masters


def _enter(course: Course, name: str) -> None:
    """Have nbgrader enter the assignment; a release that exists already is left as it is."""
    with tempfile.TemporaryDirectory() as scratch:
        elsewhere = {"release_directory": scratch} if course.folder("release", ".", name).exists() else {}
        with course.api(**elsewhere) as api, course.lock("gradebook"):
            done = api.generate_assignment(name)
            succeed(done, f"{name}: nbgrader could not enter the assignment into the gradebook")


def save(
    course: Course,
    result: Result,
    graded: Mapping[str, "NotebookNode"],
    files: Mapping[str, bytes],
    only: set[tuple[str, str]] | None = None,
) -> None:
    """Write the autograded folder, the gradebook, and last the result, which says that the others are there.

    only: notebook and name of the tests whose points are new; None: all are.
    """
    student, name = result.student, result.assignment
    folder = course.folder("autograded", student, name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write_folder(scratch, graded, files)
        stamp = course.folder("submitted", student, name) / "timestamp.txt"
        if stamp.is_file() and not stamp.is_symlink():
            shutil.copyfile(stamp, scratch / "timestamp.txt")
        if only is not None and (folder / RESULT).is_file():
            # Until the new one is there: it tells a run after one that was killed what is still to be done.
            shutil.copyfile(folder / RESULT, scratch / RESULT)
        scratch.chmod(0o755)
        if folder.exists():
            aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
            os.rename(folder, aside / "old")
            os.rename(scratch, folder)
            shutil.rmtree(aside, ignore_errors=True)
        else:
            os.rename(scratch, folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    with course.gradebook() as gradebook:
        _enter_points(course, gradebook, result, graded, only)
    write_atomically(folder / RESULT, json.dumps(result.as_dict(), indent=1))


def results(
    course: Course, assignment: str, students: Sequence[str] | None = None, *, since: int = 0
) -> dict[str, Result]:
    """The results that are on file, as `Course.results` finds them; a record that is none is passed over."""
    found = {}
    for student, record in course.results(assignment, students, since=since).items():
        try:
            found[student] = Result.from_dict(record)
        except ValueError:
            continue
    return found


def standings(course: Course, name: str) -> dict[str, Standing]:
    """What the gradebook says of each student's submission, in two queries for the whole class."""
    from nbgrader import api

    found: dict[str, dict[str, float]] = {}
    with course.gradebook() as gradebook:
        query = gradebook.db.query(
            api.SubmittedAssignment.student_id,
            api.SubmittedNotebook.id,
            api.SubmittedNotebook.late_submission_penalty,
        )
        query = query.select_from(api.SubmittedNotebook)
        query = query.join(
            api.SubmittedAssignment, api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id
        )
        query = query.join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
        owner = {}
        for student, notebook, penalty in query.filter(api.Assignment.name == name):
            owner[notebook] = found.setdefault(student, collections.defaultdict(float))
            owner[notebook]["late_penalty"] += penalty or 0.0
        grade = api.Grade
        columns = (grade.notebook_id, grade.auto_score, grade.manual_score, grade.extra_credit)
        for notebook, auto, manual, extra, waits, maximum in gradebook.db.query(
            *columns, grade.needs_manual_grade, grade.max_score
        ).filter(grade.notebook_id.in_(list(owner))):
            counts = owner[notebook]
            counts["automatic"] += (auto or 0.0) if manual is None else 0.0
            counts["by_hand"] += (manual or 0.0) + (extra or 0.0)
            counts["waiting"] += bool(waits)
            counts["total_maximum"] += maximum
    return {
        student: Standing(
            automatic=counts["automatic"],
            by_hand=counts["by_hand"],
            waiting=int(counts["waiting"]),
            late_penalty=counts["late_penalty"],
            total_maximum=counts["total_maximum"],
        )
        for student, counts in found.items()
    }


def sweep(course: Course, name: str) -> None:
    """Remove what a killed run left between two names; an old folder without its successor goes back."""
    for student in course.students("submitted", name):
        folder = course.folder("autograded", student, name)
        # As mkdtemp calls them; ps1 has nothing to do with what belongs to ps1-extra.
        left_over = list(folder.parent.glob(f".{glob.escape(folder.name)}-????????"))
        if not left_over:
            continue
        with course.lock(f"{name}-{student}", wait=False) as mine:
            for left in left_over if mine else ():
                if (left / "old").is_dir() and not folder.exists():
                    os.rename(left / "old", folder)
                shutil.rmtree(left, ignore_errors=True)


def _write_folder(folder: Path, graded: Mapping[str, "NotebookNode"], files: Mapping[str, bytes]) -> None:
    import nbformat

    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, nb in graded.items():
        (folder / f"{name}.ipynb").write_text(nbformat.writes(nb) + "\n", encoding="utf-8")


def _enter_points(
    course: Course,
    gradebook: "Gradebook",
    result: Result,
    graded: Mapping[str, "NotebookNode"],
    only: set[tuple[str, str]] | None,
) -> None:
    from nbgrader import utils

    student, name = result.student, result.assignment
    points = {question.key: question.points for question in result.questions}
    gradebook.update_or_create_student(student)
    given = {}
    with contextlib.suppress(CourseError):  # the result has a note on it
        if (time := course.timestamp(student, name)) is not None:
            given["timestamp"] = time
    submission = gradebook.update_or_create_submission(name, student, **given)
    for notebook in submission.notebooks:
        nb = graded.get(notebook.name)
        written = {} if nb is None else {grade_id(c): c for c in nb.cells if notebooks.nbgrader_metadata(c)}
        blank = {
            key: cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
            and not utils.is_task(cell)
            for key, cell in written.items()
        }
        for grade in notebook.grades:
            if only is not None and (notebook.name, grade.name) not in only:
                continue
            auto = points.get((notebook.name, grade.name))
            if auto is None:  # a person grades it: nothing for what was left as it was, or not handed in
                auto = 0.0 if nb is None or blank.get(grade.name, False) else None
            grade.auto_score = auto
            # Points given by hand stay, and somebody should look at them again, as with nbgrader.
            grade.needs_manual_grade = nb is not None and (auto is None or grade.manual_score is not None)
        for comment in notebook.comments:
            comment.auto_comment = "No response." if blank.get(comment.name) else None
    gradebook.db.flush()
    for notebook in submission.notebooks:
        notebook.late_submission_penalty = _late_penalty(course, submission, notebook, student)
    gradebook.db.commit()


def _late_penalty(course: Course, submission: Any, notebook: Any, student: str) -> float | None:
    """What the course's late policy, a plugin of nbgrader's, takes off."""
    from nbgrader.preprocessors import AssignLatePenalties

    if submission.total_seconds_late <= 0:
        return None
    policy = AssignLatePenalties(config=course.config)
    policy.init_plugin()
    penalty = policy.plugin_inst.late_submission_penalty(
        student, notebook.score, submission.total_seconds_late
    )
    return None if penalty is None else policy._check_late_penalty(notebook, penalty)
