"""Grade a class: every submission of an assignment, into nbgrader's gradebook, with a report."""

import collections
import contextlib
import dataclasses
import errno
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from coursekit.notebooks import CourseError
from coursekit.profiles import NAMES as PROFILES
from coursekit.progress import track
from coursekit.staff.course import Course, find_course
from coursekit.staff.grading import gradebook
from coursekit.staff.grading.model import Graded, Outcome, Standing, Submission
from coursekit.staff.grading.plan import Plan, make_plan, options
from coursekit.staff.grading.pool import Pool
from coursekit.staff.grading.prove import Proof
from coursekit.staff.grading.submission import digest_of_files, grading_key, read_submission
from coursekit.staff.sandbox import host
from coursekit.staff.wording import points

ISOLATIONS = ("examiner", "kernel")

T = TypeVar("T")


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
    prove: bool = False,
) -> dict[str, Any]:
    """Grade the submissions of an assignment, of all students by default, and return the report.

    A submission whose files and tests have not changed since it was graded is kept as it is, unless `force`.
    `jobs` submissions are graded at a time (default, if there is memory for it: one for each core).
    `profile` is what the notebook's cells find as COURSEKIT_PROFILE. `prove`:
    grade the reference and the release without answers first (see `prove`), once for these tests.

    Raises CourseError for an unknown assignment or student, where no sandbox can be made, for tests that are not fair
    to the reference or give points for nothing, and after the run for
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
    keys = {student: grading_key(digest_of_files(course, assignment, student), plans) for student in wanted}
    before = {} if force else _graded_before(course, assignment, keys)
    due = [student for student in wanted if student not in before]

    def read(student: str) -> Submission | Outcome:
        done = gradebook.results(course, assignment, [student], since=began).get(student)
        if not force and done and done.key == keys[student]:
            return Outcome(done, kept=True)  # another run has graded it meanwhile
        return read_submission(course, assignment, student, plans)

    def save(submission: Submission, graded: Graded) -> Outcome:
        # Of the files that were graded: a student may have handed in again meanwhile.
        result = dataclasses.replace(graded.result, key=grading_key(submission.contents, plans))
        gradebook.save(course, result, graded.notebooks, submission.files)
        return Outcome(result, kept=False)

    proof = Proof(course, assignment, plans) if prove else None
    outcomes = grade_each(course, assignment, plans, due, jobs, read=read, save=save, proof=proof)
    return report(course, assignment, plans, {**before, **outcomes}, wanted, started, proved=prove)


def _graded_before(course: Course, assignment: str, keys: Mapping[str, str]) -> dict[str, Outcome]:
    with course.gradebook() as book:
        entered = {submission.student_id for submission in book.assignment_submissions(assignment)}
    found = gradebook.results(course, assignment)
    return {
        student: Outcome(found[student], kept=True)
        for student, key in keys.items()
        if student in found and found[student].key == key and student in entered
    }


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
    return course, [
        make_plan(course, assignment, name, nb, isolation=isolation, sandboxed=sandboxed, profile=profile)
        for name, nb in known.notebooks.items()
    ]


def grade_each(
    course: Course,
    assignment: str,
    plans: Sequence[Plan],
    students: Sequence[str],
    jobs: int | None,
    *,
    read: Callable[[str], Submission | T],
    save: Callable[[Submission, Graded], T],
    proof: Proof | None = None,
) -> dict[str, T | str]:
    """What `save` makes of each student's graded submission, or why the grader failed on it.

    `read` gives the submission, or what to report where there is nothing left to do. `proof` comes before all of
    them, unless it is done. From before `read` until after
    `save` no other command grades the student. Raises CourseError, with the student's name, when a disk is full.
    """
    if not students:
        return {}
    proof = None if proof and proof.is_done() else proof
    with _LockedStudents(course, assignment, students, read, save) as due:
        submissions = proof.before(due.submissions()) if proof else due.submissions()
        with contextlib.closing(Pool(jobs).map(plans, submissions)) as graded:
            for submission, done in graded:
                if not (proof and proof.takes(submission, done)):
                    due.save(submission, done)
        return due.outcomes


class _LockedStudents(Generic[T]):
    """Students to grade, each under a lock that keeps other commands away, and what became of them."""

    def __init__(
        self,
        course: Course,
        assignment: str,
        students: Sequence[str],
        read: Callable[[str], Submission | T],
        save: Callable[[Submission, Graded], T],
    ) -> None:
        self.outcomes: dict[str, T | str] = {}
        self._course, self._assignment = course, assignment
        self._read, self._save = read, save
        self._waiting = collections.deque(students)
        self._locks: dict[str, contextlib.ExitStack] = {}
        self._bar = track(total=len(students), desc=f"Grading {assignment}", unit="submission")

    def __enter__(self) -> "_LockedStudents[T]":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()
        for lock in self._locks.values():
            lock.close()

    def submissions(self) -> Iterator[Submission | None]:
        """Those that no other command is grading now; None where there is none, or none for the moment."""
        while True:
            yield self._next()

    def _next(self) -> Submission | None:
        refused = 0
        while self._waiting:
            all_refused = refused >= len(self._waiting)
            # Two commands that held locks and waited for one more would wait for each other.
            if all_refused and self._locks:
                return None
            student = self._waiting.popleft()
            with self._failure_noted(student):
                if not self._lock(student, wait=all_refused):
                    self._waiting.append(student)
                    refused += 1
                    continue
                refused = 0
                found = self._read(student)
                if isinstance(found, Submission):
                    return found
                self.outcomes[student] = found
            self._finish(student)
        return None

    def _lock(self, student: str, *, wait: bool) -> bool:
        with contextlib.ExitStack() as lock:
            if not lock.enter_context(self._course.lock(f"{self._assignment}-{student}", wait=wait)):
                return False
            self._locks[student] = lock.pop_all()
        return True

    def save(self, submission: Submission, done: Graded | Exception) -> None:
        """Save the result, or note why there is none, and free the student's lock."""
        with self._failure_noted(submission.student):
            if isinstance(done, Exception):
                raise done
            self.outcomes[submission.student] = self._save(submission, done)
        self._finish(submission.student)

    def _finish(self, student: str) -> None:
        self._bar.update(1)
        if lock := self._locks.pop(student, None):
            lock.close()

    @contextlib.contextmanager
    def _failure_noted(self, student: str) -> Iterator[None]:
        """An error is the student's outcome, but for a full disk, which ends the run."""
        try:
            yield
        except Exception as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
                where = error.filename or self._course.folder("autograded", student, self._assignment)
                raise CourseError(f"{where}: {error.strerror}; stopped at {student}") from None
            known = isinstance(error, CourseError)
            self.outcomes[student] = str(error) if known else f"{type(error).__name__}: {error}"


def report(
    course: Course,
    assignment: str,
    plans: Sequence[Plan],
    outcomes: Mapping[str, Outcome | str],
    wanted: Sequence[str],
    started: float,
    *,
    proved: bool = False,
) -> dict[str, Any]:
    """The report on a class, from each student's result or the reason why the grader failed on it.

    proved: whether the reference and a notebook without answers got what they deserve.

    Raises GradingFailed, with the report, if it failed on any.
    """
    failures = {student: outcome for student, outcome in outcomes.items() if isinstance(outcome, str)}
    graded = {student: outcome for student, outcome in outcomes.items() if isinstance(outcome, Outcome)}
    standings = gradebook.standings(course, assignment) if graded else {}
    written = {
        "assignment": assignment,
        "course": str(course.root),
        **options(plans),
        "proved": proved,
        "warnings": [warning for plan in plans for warning in plan.warnings],
        "seconds": round(time.perf_counter() - started, 2),
        "maximum": sum(sum(plan.tests.values()) for plan in plans),
        "students": {
            s: graded[s].as_dict() | dataclasses.asdict(standings.get(s, Standing()))
            for s in wanted
            if s in graded
        },
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
    """The report as a few lines for the terminal: each student's points, and what to look at.

    Points are what tests gave, what people gave, and all of them, penalties taken off; `waiting` counts the cells that
    a person has yet to grade.
    """
    from coursekit.staff.execute import aligned

    students = report["students"]
    rows = [("student", "autograded", "by hand", "waiting", "total", "of", "seconds", "memory", "")]
    for name, result in students.items():
        lost = [q["question"] for q in result["questions"] if q["points"] < q["maximum"]]
        late = f"late: -{points(result['late_penalty'])}" if result["late_penalty"] else ""
        what = "; ".join(
            filter(None, (late, result["reason"] or (f"lost points: {', '.join(lost)}" if lost else "")))
        )
        memory = f"{result['memory_mb']:.0f} MB"
        rows.append(
            (
                name,
                points(result["automatic"]),
                points(result["by_hand"]),
                str(result["waiting"] or ""),
                points(result["total"]),
                points(result["total_maximum"]),
                f"{result['seconds']:.1f}",
                memory,
                what[:90],
            )
        )
    lines = [aligned(rows)] if students else ["nobody has handed in yet"]
    lines += [f"careful: {warning}" for warning in report["warnings"]]
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
