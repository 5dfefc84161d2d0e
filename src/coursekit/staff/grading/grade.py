"""Grade a class: every submission of an assignment, into nbgrader's gradebook, with a report."""

import contextlib
import hashlib
import stat
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit.notebooks import CourseError
from coursekit.profiles import NAMES as PROFILES
from coursekit.staff.course import Course, find_course
from coursekit.staff.grading import gradebook, submitted
from coursekit.staff.grading.plan import Plan, cells_of, make_plan, options, tests_of
from coursekit.staff.grading.pool import each
from coursekit.staff.grading.score import questions_of, without_verdict
from coursekit.staff.sandbox import examine, host

if TYPE_CHECKING:
    from nbformat import NotebookNode

ISOLATIONS = ("examiner", "kernel")


def grade_class(
    root: Path,
    assignment: str,
    students: Sequence[str] = (),
    *,
    jobs: int | None = None,
    isolation: str = "examiner",
    sandboxed: bool = True,
    profile: str = "smoke",
    force: bool = False,
) -> dict[str, Any]:
    """Grade the submissions of an assignment, of all students by default, and return the report.

    A submission whose files and tests have not changed since it was graded is kept as it is, unless `force`.
    `jobs` submissions are graded at a time (default, if there is memory for it: one more than there are cores, and
    at profile full as many as there are). `profile` is what the notebook's cells find as COURSEKIT_PROFILE.

    Raises CourseError for an unknown assignment or student, where no sandbox can be made, and after the run for
    submissions on which the grader itself failed; all others are graded by then.
    """
    started, began = time.perf_counter(), time.time_ns()
    course, plans = prepare(root, assignment, isolation=isolation, sandboxed=sandboxed, profile=profile)
    handed_in = course.students("submitted", assignment)
    for student in students:
        if student not in handed_in:
            folder = course.folder("submitted", student, assignment)
            raise CourseError(f"no submission of {student!r}: there is no folder {folder}")
    wanted = list(dict.fromkeys(students)) or handed_in
    keys = {student: key(course, assignment, student, plans) for student in wanted}
    results = {} if force else _graded_before(course, assignment, keys)
    due = [student for student in wanted if student not in results]

    def work(student: str, pairs: Sequence[dict[str, host.Sandbox]], slot: int) -> dict[str, Any]:
        done = course.results(assignment, [student], since=began).get(student, {})
        if not force and done.get("key") == keys[student]:
            return {**done, "kept": True}  # another run has graded it meanwhile
        result, graded, files = grade_student(course, assignment, student, plans, pairs, slot)
        result["key"] = keys[student]
        gradebook.save(course, result, graded, files)
        return {**result, "kept": False}

    return report(
        course,
        assignment,
        plans,
        {**results, **each(course, assignment, plans, due, jobs, work)},
        wanted,
        started,
    )


def prepare(
    root: Path, assignment: str, *, isolation: str, sandboxed: bool, profile: str = "smoke"
) -> tuple[Course, list[Plan]]:
    """The course, and a plan for each notebook of the assignment. Raises CourseError as grade_class does."""
    course = find_course(root)
    if isolation not in ISOLATIONS:
        raise CourseError(f"isolation is one of {', '.join(ISOLATIONS)}, got {isolation!r}")
    if profile not in PROFILES:
        raise CourseError(f"profile is one of {', '.join(PROFILES)}, got {profile!r}")
    if sandboxed and (reason := host.why_not()):
        raise CourseError(
            f"not graded: {reason}\nWithout a sandbox, every submission can do whatever you can on this machine. "
            "The option --unsandboxed grades all the same, and marks every report."
        )
    known = gradebook.assignment(course, assignment)
    gradebook.sweep(course, assignment)
    chosen = {"isolation": isolation, "sandboxed": sandboxed, "profile": profile}
    return course, [make_plan(course, name, nb, assignment, chosen) for name, nb in known.notebooks.items()]


def report(
    course: Course,
    assignment: str,
    plans: Sequence[Plan],
    outcomes: dict[str, dict[str, Any] | str],
    wanted: Sequence[str],
    started: float,
) -> dict[str, Any]:
    """The report on a class, from each student's result or the reason why the grader failed on it.

    Raises GradingFailed, with the report, if it failed on any.
    """
    failures = {student: outcome for student, outcome in outcomes.items() if isinstance(outcome, str)}
    written = {
        "assignment": assignment,
        "course": str(course.root),
        **options(plans),
        "seconds": round(time.perf_counter() - started, 2),
        "maximum": sum(sum(plan.tests.values()) for plan in plans),
        "students": {s: outcomes[s] for s in wanted if s in outcomes and s not in failures},
    }
    if failures:
        listed = "\n".join(f"  {student}: {why}" for student, why in failures.items())
        raise GradingFailed(f"{assignment}: not graded, {len(failures)} of {len(wanted)}:\n{listed}", written)
    return written


class GradingFailed(CourseError):
    """The grader could not grade some submissions; the others are in `report`."""

    def __init__(self, message: str, report: dict[str, Any]) -> None:
        super().__init__(message)
        self.report = report


def summary(report: dict[str, Any]) -> str:
    """The report as a few lines for the terminal: each student's points, and what to look at."""
    from coursekit.staff.execute import aligned

    students = report["students"]
    rows = [("student", "points", "of", "seconds", "memory", "")]
    for name, result in students.items():
        lost = [q["question"] for q in result["questions"] if q["points"] < q["maximum"]]
        what = result["reason"] or (f"lost points: {', '.join(lost)}" if lost else "")
        memory = f"{result['memory_mb']:.0f} MB"
        rows.append(
            (
                name,
                f"{result['points']:g}",
                f"{result['maximum']:g}",
                f"{result['seconds']:.1f}",
                memory,
                what[:90],
            )
        )
    lines = [aligned(rows)] if students else ["nobody has handed in yet"]
    fresh = [r for r in students.values() if not r["kept"]]
    rate = f", {60 * len(fresh) / report['seconds']:.0f} a minute" if fresh else ""
    kept = f", {len(students) - len(fresh)} kept from before" if len(fresh) < len(students) else ""
    lines.append(f"{report['assignment']}: {len(fresh)} graded in {report['seconds']:.1f} s{rate}{kept}")
    if report["isolation"] == "kernel":
        lines.append("isolation: one kernel for answers and tests, not tamper-proof")
    if not report["sandboxed"]:
        lines.append(
            "UNSANDBOXED: these submissions ran with your rights on this machine; do not trust the points"
        )
    return "\n".join(lines)


def key(course: Course, assignment: str, student: str, plans: Sequence[Plan]) -> str:
    """A digest of all that the points of a submission depend on."""
    digest = hashlib.sha256(contents(course, assignment, student).encode())
    for plan in plans:
        digest.update(plan.digest.encode())
    return digest.hexdigest()


def contents(course: Course, assignment: str, student: str) -> str:
    """A digest of the files of a submission."""
    digest = hashlib.sha256()
    folder = course.folder("submitted", student, assignment)
    for path in submitted.paths(folder):
        digest.update(repr(path.relative_to(folder)).encode())
        with contextlib.suppress(OSError):
            about = path.lstat()
            digest.update(f"{about.st_mode} {about.st_size}".encode())
            if stat.S_ISREG(about.st_mode) and about.st_size <= submitted.MAX_FOLDER_MB * 1_000_000:
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _graded_before(course: Course, assignment: str, keys: dict[str, str]) -> dict[str, dict[str, Any]]:
    with course.gradebook() as book:
        entered = {s.student_id for s in book.assignment_submissions(assignment)}
    results = course.results(assignment)
    return {
        student: {**results[student], "kept": True}
        for student, key in keys.items()
        if student in results and results[student].get("key") == key and student in entered
    }


def grade_student(
    course: Course,
    assignment: str,
    student: str,
    plans: Sequence[Plan],
    pairs: Sequence[dict[str, host.Sandbox]],
    slot: int,
) -> tuple[dict[str, Any], dict[str, "NotebookNode"], dict[str, bytes]]:
    """The result of a submission, its graded notebooks, and the files that lie beside them."""
    folder = course.folder("submitted", student, assignment)
    notes: list[str] = []
    given, own = submitted.files(folder, notes), plans[0].task["own_files"] if plans else {}
    if all(plan.task["data_for_student"] for plan in plans):
        own = _restored(course, assignment, own)
        files = {**_without_files_in_the_way(given, own, plans, notes), **own}
    else:  # a file of theirs could hold the data, or what was learnt from them
        files = own
        notes += [f"{name}: left out; answers get no data here" for name in given if name not in own]
    questions, reasons, graded, seconds, memory, code = [], [], {}, 0.0, 0.0, 0
    for plan, pair in zip(plans, pairs, strict=True):
        try:
            handed_in, left_out = submitted.read(_find(folder, plan.name, len(plans), notes))
        except CourseError as error:
            reasons.append(str(error))
            questions += [without_verdict(plan, name, 0.0, str(error)) for name in plan.tests]
            continue
        nb, mended = submitted.arrange(plan.master, handed_in, plan.name, plan.hidden)
        notes += left_out + mended
        cells = cells_of(plan, nb)
        code += sum(len(cell["source"]) for cell in cells if cell["kind"] == "theirs")
        done = examine.examine({**plan.task, "cells": cells, "files": files}, pair, slot)
        questions += questions_of(plan, nb, done["cells"])
        graded[plan.name] = nb
        seconds, memory = seconds + done["seconds"], max(memory, done["memory_mb"])
    result = {
        "student": student,
        "assignment": assignment,
        **options(plans),
        "graded_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "points": sum(q["points"] for q in questions),
        "maximum": sum(q["maximum"] for q in questions),
        "seconds": round(seconds, 2),
        "memory_mb": memory,
        "code": code,
        "reason": "; ".join(reasons),
        "notes": notes,
        "questions": questions,
        "tests": {plan.name: tests_of(plan) for plan in plans},
        "contents": contents(course, assignment, student),
    }
    return result, graded, files


def _find(folder: Path, name: str, of: int, notes: list[str]) -> Path:
    """The student's file for a notebook; under another name if there can be no doubt."""
    if folder.is_symlink() or folder.parent.is_symlink():
        raise CourseError(f"{folder.name}: the folder is a link; a submission holds ordinary files only")
    path = folder / f"{name}.ipynb"
    others = sorted(p for p in folder.glob("*.ipynb"))
    if not path.exists() and not path.is_symlink() and of == 1 and len(others) == 1:
        notes.append(f"{others[0].name} was taken for {path.name}")
        return others[0]
    return path


def _without_files_in_the_way(
    files: dict[str, bytes], own: dict[str, bytes], plans: Sequence[Plan], notes: list[str]
) -> dict[str, bytes]:
    """The student's files, but for those that are in the way of the course's; these are noted."""
    taken = [*own, *(f"{plan.name}.ipynb" for plan in plans), "timestamp.txt"]
    kept = {}
    for name, content in files.items():
        if own.get(name, content) != content:
            notes.append(f"{name}: the course's file of this name took its place")
        elif in_the_way := [t for t in taken if f"{t}/".startswith(f"{name}/") or name.startswith(f"{t}/")]:
            if in_the_way != [name]:
                notes.append(f"{name}: in the way of the course's {in_the_way[0]}, left out")
        else:
            kept[name] = content
    return kept


def _restored(course: Course, assignment: str, own_files: dict[str, bytes]) -> dict[str, bytes]:
    """The course's files, which replace the student's copies, but for those that students are to edit."""
    section = course.config["Autograde"] if "Autograde" in course.config else {}
    theirs = section.get("exclude_overwriting", {}).get(assignment, [])
    return {name: content for name, content in own_files.items() if name not in theirs}
