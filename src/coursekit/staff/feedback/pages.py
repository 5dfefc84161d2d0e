"""Pages for students: their own code and outputs, what the public tests said, points and comments.

Points and comments are the gradebook's (`marks`), which cells are whose the release's (`released`); what a student may
be told of a run is decided in `disclosure`. Everything that a student could have written is hostile: it is shown as
text, and pictures only once they are known to be pictures. A page has no script and asks for nothing from outside.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit.files import write_atomically
from coursekit.notebooks import CourseError, read
from coursekit.progress import track
from coursekit.staff.course import RESULT, SHOWN, Course, find_course
from coursekit.staff.feedback.disclosure import Report, report_on_public_run, report_without_run
from coursekit.staff.feedback.marks import Marks, read_marks, total
from coursekit.staff.feedback.released import ReleasedNotebook, read_released
from coursekit.staff.feedback.render import template
from coursekit.staff.feedback.sections import SectionBuilder
from coursekit.staff.grading.show import Shown, show_class

if TYPE_CHECKING:
    from nbformat import NotebookNode


class PagesMissing(CourseError):
    """Of some students no page could be made; those of the others are written."""


# The exchange releases feedback under names made from these.
EXCHANGE_FILES = ("timestamp.txt", "submission_secret.txt")


def write(root: Path, assignment: str, students: Sequence[str] = ()) -> list[Path]:
    """Write a page per notebook for the students named (by default all who are graded); returns the pages.

    Work that has not been run without hidden tests yet is run first. Raises CourseError for a student without a
    graded submission, and where no sandbox can be made, before anything is written; and PagesMissing, after the other
    students' pages are written, naming every student whose page could not be made.
    """
    course = find_course(root)
    graded = course.students("autograded", assignment)
    _require_graded(course, assignment, students, graded)
    with course.gradebook() as gradebook:
        released = read_released(course, gradebook, assignment)
        marks = read_marks(gradebook, assignment)
        names = {
            each.id: " ".join(filter(None, (each.first_name, each.last_name))) for each in gradebook.students
        }
    writer = _PageWriter(course, assignment, released, names)
    wanted = list(dict.fromkeys(students or graded))
    public_runs = show_class(root, assignment, wanted)
    pages: list[Path] = []
    faults = []
    for student in track(wanted, desc=f"Writing feedback on {assignment}", unit="student"):
        try:
            pages += writer.write(student, marks.get(student), public_runs.get(student))
        except CourseError as error:
            faults.append(f"  {student}: {error}")
    if faults:
        raise PagesMissing(
            f"{assignment}: {len(pages)} pages written, none for these students:\n" + "\n".join(faults)
        )
    return pages


def _require_graded(course: Course, assignment: str, students: Sequence[str], graded: list[str]) -> None:
    missing = [student for student in students if student not in graded]
    if missing or not graded:
        who = ", ".join(missing) or "anybody"
        where = course.folder("autograded", missing[0] if len(missing) == 1 else "*", assignment)
        raise CourseError(
            f"{assignment}: no graded submission of {who} ({where}); run `coursekit grade {assignment}` first"
        )


@dataclass(frozen=True)
class _PageWriter:
    """Writes the pages of one student after the other."""

    course: Course
    assignment: str
    released: list[ReleasedNotebook]
    names: Mapping[str, str]

    def write(
        self, student: str, marks: dict[str, Marks] | None, public_run: Shown | str | None
    ) -> list[Path]:
        """The student's pages, written all or none. Raises CourseError when one cannot be made."""
        if isinstance(public_run, str):
            raise CourseError(public_run)
        if marks is None:
            raise CourseError("graded, but not in the gradebook; grade this submission again")
        folder = self.course.folder("feedback", student, self.assignment)
        try:
            report, notebooks = self._report(student, public_run)
            texts = {
                folder / f"{each.name}.html": self._page(
                    student, each, notebooks.get(each.name), marks, report
                )
                for each in self.released
            }
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # A notebook that says it is of a later format may hold anything and still be valid.
            graded = self.course.folder("autograded", student, self.assignment)
            raise CourseError(f"{graded}: unexpected {type(error).__name__}: {error}") from error
        for path, text in texts.items():
            write_atomically(path, text)
        self._make_releasable(student, folder, texts)
        return list(texts)

    def _report(self, student: str, public_run: Shown | None) -> tuple[Report, dict[str, "NotebookNode"]]:
        """What the student may be told, and the notebooks to show, by name."""
        record = self.course.result(student, self.assignment)
        if public_run:
            result, notebooks = public_run
            return report_on_public_run(record, result, self.released), notebooks
        folder = self.course.folder("autograded", student, self.assignment)
        paths = {each.name: folder / f"{each.name}.ipynb" for each in self.released}
        notebooks = {
            name: _without_outputs(read(path, strict=False)) for name, path in paths.items() if path.is_file()
        }
        return report_without_run(record, self.released), notebooks

    def _page(
        self,
        student: str,
        released: ReleasedNotebook,
        nb: "NotebookNode | None",
        marks: dict[str, Marks],
        report: Report,
    ) -> str:
        own = marks.get(released.name, Marks())
        others = tuple(f"{each.name}:" for each in self.released if each is not released)
        return template().render(
            student=student,
            name=self.names.get(student, ""),
            assignment=self.assignment,
            notebook=released.name,
            title=released.title,
            missing=nb is None,
            report=report,
            notes=[note for note in report.notes if not note.startswith(others)],
            graded=datetime.fromisoformat(report.graded_at) if report.graded_at else None,
            sections=SectionBuilder(released, own, report.tests_of(released.name)).build(nb),
            marks=own,
            total=total([own]),
            whole=total(marks.values()) if len(self.released) > 1 else None,
        )

    def _make_releasable(self, student: str, folder: Path, pages: Iterable[Path]) -> None:
        """Leave the folder as nbgrader's own feedback does, so that its exchange can hand the pages out."""
        written = list(pages)
        for name in EXCHANGE_FILES:
            for step in ("autograded", "submitted"):
                path = self.course.folder(step, student, self.assignment) / name
                if path.is_file() and not path.is_symlink():
                    write_atomically(folder / name, path.read_text(encoding="utf-8", errors="replace"))
                    written.append(folder / name)
                    break
        # nbgrader's own feedback copies all files out of the autograded folder; the record may quote hidden tests.
        for path in (folder / RESULT, folder / SHOWN):
            if path.is_file():
                path.unlink()
        shared = self.course.directory.groupshared
        for path in written:
            path.chmod(0o664 if shared else 0o644)
        if shared:
            folder.chmod((folder.stat().st_mode | 0o2770) & 0o2777)


def _without_outputs(nb: "NotebookNode") -> "NotebookNode":
    for cell in nb.cells:
        cell.pop("outputs", None)  # they may repeat what the code read in the tests
    return nb
