"""Grade submissions with nbgrader's own pipeline, and prove the tests on two generated ones.

nbgrader runs a student's cells and the tests in one kernel, so this is for submissions one trusts. A grader
for real classes replaces `grade`; the rest of this module only uses it.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit.progress import track
from coursekit.staff import execute, notebooks, release
from coursekit.staff.notebooks import Answer, CourseError

if TYPE_CHECKING:
    from nbformat import NotebookNode


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
    execute.write_atomically(path, nbformat.writes(nb))
    return path


def grade(root: Path, chapter: str, students: Sequence[str]) -> Grades:
    """Autograde these students' submissions into the gradebook and return their points.

    Raises CourseError, with nbgrader's log, for a submission that cannot be graded.
    """
    source = notebooks.read(execute.source_path(root, chapter))
    maximum = notebooks.questions(source)
    points = {}
    for student in track(students, desc=f"Grading {chapter}", unit="submission"):
        failure = f"{chapter}, {student}: nbgrader could not grade the submission"
        with release.nbgrader(root) as api:
            release.succeed(api.autograde(chapter, student), failure)
            with api.gradebook as gradebook:
                cells = gradebook.find_submission_notebook(chapter, chapter, student).grades
                scores = {cell.name: cell.auto_score or 0.0 for cell in cells}
        points[student] = dict.fromkeys(maximum, 0.0)
        for name, score in scores.items():
            if match := notebooks.TEST_ID.fullmatch(name):
                points[student][match["question"]] += score
    return Grades(chapter=chapter, maximum=maximum, points=points, by_hand=notebooks.hand_graded(source))


def grade_samples(root: Path, chapters: Sequence[str] = ()) -> list[Grades]:
    """Make, submit and grade a right and a wrong submission of each released chapter (all by default).

    They hold the first right and the first wrong answer to each question in `tests/answers/<chapter>.py`.
    What has not changed since it was last graded is not graded again. Raises CourseError for a chapter that
    needs a release, for a question without answers, and for answers that did not get what they deserve.
    """
    return [_grade_samples(root, chapter) for chapter in execute.find_chapters(root, chapters)]


def _grade_samples(root: Path, chapter: str) -> Grades:
    release_key = release.release_key(root, chapter)
    file = root / "tests" / "answers" / f"{chapter}.py"
    source = notebooks.read(execute.source_path(root, chapter))
    samples = _samples(file, notebooks.questions(source))
    data = execute.load_data(notebooks.datasets(source))
    key = execute.content_key(
        release_key,
        file,
        *execute.LEARNER_FILES,
        Path(__file__).parent,
        *(f"{name} {used['digest']}" for name, used in data.items()),
    )
    stamp = root / "_build" / "graded" / f"{chapter}.json"
    if facts := execute.read_stamp(stamp, key):
        return Grades(chapter, facts["maximum"], facts["points"], facts["by_hand"])
    released = notebooks.read(release.released_path(root, chapter))
    for student, answers in samples.items():
        code = {question: answer.code for question, answer in answers.items()}
        submit(root, chapter, student, notebooks.submission(released, code))
    grades = grade(root, chapter, list(samples))
    _compare(root, file, grades, samples)
    execute.write_stamp(stamp, key, maximum=grades.maximum, points=grades.points, by_hand=grades.by_hand)
    return grades


def _samples(file: Path, maximum: dict[str, float]) -> dict[str, dict[str, Answer]]:
    """The answers of each sample student, by question."""
    answers = notebooks.read_answers(file)
    for answer in answers:
        where = f"{file}, line {answer.line}"
        if answer.question not in maximum:
            raise CourseError(f"{where}: no question {answer.question!r}; there are: {', '.join(maximum)}")
        most = maximum[answer.question]
        if answer.right and answer.points != most:
            raise CourseError(f"{where}: a right answer gets all {most:g} points, not {answer.points:g}")
        if not answer.right and answer.points >= most:
            raise CourseError(
                f"{where}: a wrong answer gets less than {most:g} points, not {answer.points:g}"
            )
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
    """What cost points in each test cell of an autograded submission: an error, or text on stderr."""
    nb = notebooks.read(root / "autograded" / student / chapter / f"{chapter}.ipynb")
    said = {}
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                said[notebooks.grade_id(cell)] = f"{output.ename}: {output.evalue}"
            elif output.get("name") == "stderr":
                said.setdefault(notebooks.grade_id(cell), f"on stderr: {output.text.strip()}")
    return said
