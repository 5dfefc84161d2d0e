"""Prove the tests of each chapter on two generated submissions, graded as any other."""

import copy
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit import notebooks
from coursekit.files import write_atomically
from coursekit.notebooks import CourseError, grade_id, role
from coursekit.staff import execute, release
from coursekit.staff.answers import Answer, fault_of, read_answers
from coursekit.staff.course import find_course
from coursekit.staff.grading import grade
from coursekit.staff.steps import Step, imported

if TYPE_CHECKING:
    from nbformat import NotebookNode


def submission(nb: "NotebookNode", answers: dict[str, str]) -> "NotebookNode":
    """A student's notebook: the released one with `answers` (by grade_id) in its solution cells.

    Raises CourseError for an answer to a question that the notebook does not ask.
    """
    nb = copy.deepcopy(nb)
    cells = {grade_id(cell) or "": cell for cell in nb.cells if role(cell) in ("solution", "manual")}
    for question, code in answers.items():
        if question not in cells:
            raise CourseError(f"no question {question!r}; the notebook asks: {', '.join(cells)}")
        cells[question].source = code
    return nb


@dataclass(frozen=True)
class Grades:
    """Points of the autograded questions of a chapter, and what is left for a person to grade."""

    chapter: str
    maximum: dict[str, float]
    points: dict[str, dict[str, float]]
    by_hand: dict[str, float]

    def table(self) -> str:
        """One row a question: the points of each student, and the most one can get."""
        students = list(self.points)
        rows = [["question", *students, "of"]]
        for question, most in self.maximum.items():
            rows.append([question, *(f"{self.points[s][question]:g}" for s in students), f"{most:g}"])
        totals = (f"{sum(self.points[student].values()):g}" for student in students)
        rows.append(["all", *totals, f"{sum(self.maximum.values()):g}"])
        lines = [f"{self.chapter}:", execute.aligned(rows)]
        if self.by_hand:
            lines.append(
                "graded by hand: " + ", ".join(f"{name} ({p:g})" for name, p in self.by_hand.items())
            )
        return "\n".join(lines)


def submit(root: Path, chapter: str, student: str, nb: "NotebookNode") -> Path:
    """Put `nb` where nbgrader looks for the student's submission, in place of an earlier one."""
    import nbformat

    folder = root / "submitted" / student / chapter
    shutil.rmtree(folder, ignore_errors=True)
    path = folder / f"{chapter}.ipynb"
    write_atomically(path, nbformat.writes(nb))
    return path


def graded(
    root: Path, chapter: str, students: Sequence[str], *, force: bool = False, sandboxed: bool = True
) -> Grades:
    """Grade these students' submissions of a chapter; the points of each question, which may have several tests."""
    source = notebooks.read(execute.source_path(root, chapter))
    maximum = notebooks.questions(source)
    points = {}
    for student, result in grade.grade_class(root, chapter, students, force=force, sandboxed=sandboxed)[
        "students"
    ].items():
        points[student] = dict.fromkeys(maximum, 0.0)
        for tested in result["questions"]:
            if match := notebooks.TEST_ID.fullmatch(tested["question"]):
                points[student][match["question"]] += tested["points"]
    return Grades(chapter=chapter, maximum=maximum, points=points, by_hand=notebooks.hand_graded(source))


def grade_samples(root: Path, chapters: Sequence[str] = (), *, sandboxed: bool = True) -> list[Grades]:
    """Make, submit and grade a right and a wrong submission of each released chapter (all by default).

    They hold the first right and the first wrong answer to each question in `answers/<chapter>.py`.
    What has not changed since it was last graded is not graded again. Raises CourseError for a chapter that
    needs a release, for a question without answers, and for answers that did not get what they deserve.
    """
    sources = {
        chapter: notebooks.read(execute.source_path(root, chapter))
        for chapter in execute.find_chapters(root, chapters)
    }
    data = execute.load_data(name for source in sources.values() for name in notebooks.datasets(source))
    return [_grade_samples(root, chapter, source, data, sandboxed) for chapter, source in sources.items()]


def _grade_samples(
    root: Path,
    chapter: str,
    source: "NotebookNode",
    data: Mapping[str, Mapping[str, Any]],
    sandboxed: bool,
) -> Grades:
    release_key = release.release_key(root, chapter)
    file = root / "answers" / f"{chapter}.py"
    samples = _samples(file, notebooks.questions(source))
    code = [cell.source for cell in source.cells if cell.cell_type == "code"]
    inputs: tuple[Path | str, ...] = (
        release_key,
        file,
        *imported([*code, file.read_text(encoding="utf-8")]),
        Path(__file__).parent,
        *(f"{name} {data[name]['digest']}" for name in sorted(set(notebooks.datasets(source)))),
    )
    step = Step(root / "_build" / "graded" / f"{chapter}.json", inputs)
    if facts := step.done():
        return Grades(chapter, facts["maximum"], facts["points"], facts["by_hand"])
    released = notebooks.read(release.released_path(root, chapter))
    for student, answers in samples.items():
        answered = {question: answer.code for question, answer in answers.items()}
        submit(root, chapter, student, submission(released, answered))
    grades = graded(root, chapter, list(samples), force=True, sandboxed=sandboxed)
    _compare(root, file, grades, samples)
    step.keep(maximum=grades.maximum, points=grades.points, by_hand=grades.by_hand)
    return grades


def _samples(file: Path, maximum: dict[str, float]) -> dict[str, dict[str, Answer]]:
    """The answers of each sample student, by question."""
    answers = read_answers(file)
    for answer in answers:
        if fault := fault_of(answer, maximum):
            raise CourseError(f"{file}, line {answer.line}: {fault}")
    samples = {}
    for student, right in zip(release.SAMPLE_STUDENTS, (True, False), strict=True):
        chosen = {a.question: a for a in reversed(answers) if a.right == right}
        missing = [question for question in maximum if question not in chosen]
        if missing:
            raise CourseError(f"{file}: no {'right' if right else 'wrong'} answer to: {', '.join(missing)}")
        samples[student] = {question: chosen[question] for question in maximum}
    return samples


def _compare(root: Path, file: Path, grades: Grades, samples: dict[str, dict[str, Answer]]) -> None:
    wrong = []
    for student, answers in samples.items():
        said = _said(root, grades.chapter, student)
        for question, answer in answers.items():
            got = grades.points[student][question]
            if got != answer.points:
                wrong.append(
                    f"{grades.chapter}, question {question}, {student}: got {got:g} of "
                    f"{grades.maximum[question]:g} points, expected {answer.points:g} "
                    f"({answer.why}; {file}, line {answer.line})"
                )
                wrong += [
                    f"  {name}: {text}" for name, text in said.items() if name.startswith(f"{question}-test-")
                ]
    if wrong:
        raise CourseError("\n".join(wrong))


def _said(root: Path, chapter: str, student: str) -> dict[str, str]:
    """Why points were lost, by test."""
    result = find_course(root).results(chapter)[student]
    return {tested["question"]: tested["reason"] for tested in result["questions"] if tested["reason"]}
