"""Grade again after a test was corrected: only what that affects, and never over points given by hand."""

import dataclasses
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coursekit import notebooks
from coursekit.notebooks import CourseError
from coursekit.staff.course import Course, find_course
from coursekit.staff.execute import aligned
from coursekit.staff.grading import grade, gradebook
from coursekit.staff.grading.model import Graded, Outcome, Result, Submission
from coursekit.staff.grading.plan import Plan
from coursekit.staff.grading.prove import Proof
from coursekit.staff.grading.submission import digest_of_files, grading_key, read_submission

Tests = set[tuple[str, str]]


def regrade_class(
    root: Path,
    assignment: str,
    students: Sequence[str] = (),
    *,
    jobs: int | None = None,
    isolation: str | None = None,
    sandboxed: bool = True,
    profile: str | None = None,
    prove: bool = False,
) -> dict[str, Any]:
    """Grade again those submissions whose tests have changed since, and return the report.

    The report is that of `grade.grade_class` with "changes": student, notebook, question, before, after, reason,
    by_hand (points that a person has given and that stay). Points of tests that have not changed stay as they
    are, whatever a second run of them would say. A submission that was handed in again since, or never graded,
    is left to `grade`. `prove` is as for `grade.grade_class`. Isolation and profile are those of the first grading;
    one that was not the same for all has to be given. Raises CourseError as `grade.grade_class` does.
    """
    started = time.perf_counter()
    course = find_course(root)
    gradebook.sweep(course, assignment)  # what a killed run took apart is whole again before it is read
    before = gradebook.results(course, assignment)
    course, plans = grade.prepare(
        root,
        assignment,
        isolation=isolation or _as_before(before, assignment, "isolation", "examiner"),
        sandboxed=sandboxed,
        profile=profile or _as_before(before, assignment, "profile", "smoke"),
    )
    for student in students:
        if student not in before:
            raise CourseError(
                f"{assignment}: {student!r} has not been graded yet; `coursekit grade` does that"
            )
    wanted = list(dict.fromkeys(students)) or list(before)
    due = [
        s
        for s in wanted
        if _affected(before[s], plans) and before[s].contents == digest_of_files(course, assignment, s)
    ]
    changes: list[dict[str, Any]] = []

    def read(student: str) -> Submission | Outcome:
        # Another run may have graded it meanwhile.
        before.update(gradebook.results(course, assignment, [student]))
        affected = _affected(before[student], plans)
        if not affected:
            return Outcome(before[student], kept=True)
        return read_submission(course, assignment, student, plans, {notebook for notebook, _ in affected})

    def save(submission: Submission, graded: Graded) -> Outcome:
        student = submission.student
        old, affected = before[student], _affected(before[student], plans)
        merged = _merged(old, graded.result, affected, plans)
        found = dict(graded.notebooks)
        for plan in plans:
            path = course.folder("autograded", student, assignment) / f"{plan.name}.ipynb"
            if plan.name not in found and path.is_file():
                found[plan.name] = notebooks.read(path)
        gradebook.save(course, merged, found, submission.files, only=affected)
        changes.extend(_changes(course, old, merged, affected))
        return Outcome(merged, kept=False)

    outcomes: dict[str, Outcome | str] = {s: Outcome(before[s], kept=True) for s in wanted if s not in due}
    proof = Proof(course, assignment, plans) if prove else None
    outcomes |= grade.grade_each(course, assignment, plans, due, jobs, read=read, save=save, proof=proof)
    try:
        report = grade.report(course, assignment, plans, outcomes, wanted, started, proved=prove)
    except grade.GradingFailed as failed:
        failed.report["changes"] = changes
        raise
    return {**report, "changes": sorted(changes, key=lambda c: (c["student"], c["notebook"], c["question"]))}


def _as_before(before: Mapping[str, Result], assignment: str, option: str, default: str) -> str:
    used = sorted({getattr(result, option) for result in before.values()})
    if len(used) > 1:
        raise CourseError(f"{assignment}: graded with {option} {' and '.join(used)}; choose one of them")
    return next(iter(used), default)


def summary(report: dict[str, Any]) -> str:
    """Who changed and why, as a table for the terminal."""
    again = [result for result in report["students"].values() if not result["kept"]]
    rows = [("student", "question", "before", "after", "by hand", "why")]
    for change in report["changes"]:
        by_hand = "" if change["by_hand"] is None else f"{change['by_hand']:g}"
        numbers = f"{change['before']:g}", f"{change['after']:g}", by_hand
        rows.append((change["student"], change["question"], *numbers, change["reason"][:80]))
    lines = [f"{report['assignment']}: {len(again)} of {len(report['students'])} submissions graded again"]
    lines.append(aligned(rows) if len(rows) > 1 else "no points changed")
    if any(change["by_hand"] is not None for change in report["changes"]):
        lines.append("points by hand stay; formgrader shows these questions under manual grading")
    return "\n".join(lines)


def _affected(result: Result, plans: Sequence[Plan]) -> Tests:
    """The tests whose points may be others now: those that changed, or all below a locked cell that did.

    Whether `grade` grades a submission again is decided by `submission.grading_key`, over every field of the plan.
    """
    affected: Tests = set()
    for plan in plans:
        old, new = result.tests.get(plan.name, {}), plan.cell_digests
        changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
        tests = set(plan.tests)
        affected |= {(plan.name, name) for name in (tests if changed - tests else changed & tests)}
    return affected


def _merged(before: Result, now: Result, affected: Tests, plans: Sequence[Plan]) -> Result:
    """The new result, with the old one's questions where they are not affected."""
    old, new = ({question.key: question for question in result.questions} for result in (before, now))
    order = [(plan.name, name) for plan in plans for name in plan.tests]
    return dataclasses.replace(
        now,
        questions=[new[key] if key in affected else old[key] for key in order],
        # Notebooks that were not run again have theirs, too; the files are the same.
        reason=before.reason,
        notes=list(dict.fromkeys([*before.notes, *now.notes])),
        key=grading_key(now.contents, plans),
    )


def _changes(course: Course, before: Result, now: Result, affected: Tests) -> list[dict[str, Any]]:
    old = {question.key: question.points for question in before.questions}
    found = []
    with course.gradebook() as book:
        for question in now.questions:
            points = old.get(question.key, 0.0)
            if question.key in affected and question.points != points:
                entry = book.find_grade(question.question, question.notebook, now.assignment, now.student)
                found.append(
                    {
                        "student": now.student,
                        "notebook": question.notebook,
                        "question": question.question,
                        "before": points,
                        "after": question.points,
                        "by_hand": entry.manual_score,
                        "reason": question.reason or "passes now",
                    }
                )
    return found
