"""The body of a page: a section a question, with the student's cells, the graded cells and a comment.

No source, output or traceback of a test cell is ever copied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coursekit.notebooks import TEST_ID, grade_id
from coursekit.staff.feedback.disclosure import TestReport
from coursekit.staff.feedback.marks import Grade, Marks
from coursekit.staff.feedback.outputs import (
    OUTPUT_TEXT,
    Excerpt,
    Output,
    Room,
    attachments,
    cell_outputs,
    excerpt,
    terminal_excerpt,
)
from coursekit.staff.feedback.released import ReleasedNotebook, cut_regions, source_of
from coursekit.staff.feedback.render import highlighted

if TYPE_CHECKING:
    from nbformat import NotebookNode

# Characters of one cell; cells of a page beside the answers asked for.
CELL_TEXT, CELLS = 20_000, 100
LEFT_OUT = "(left out: not for students)"


@dataclass(frozen=True)
class StudentCell:
    """A cell that the student wrote. `unanswered`: it is as it was released."""

    heading: str
    unanswered: bool
    is_code: bool
    source: Excerpt
    outputs: list[Output]


@dataclass(frozen=True)
class GradedCell:
    """A test, or an answer or task that a person grades. `status`: how it went; `tone`: that as a class of the page."""

    grade: Grade
    by_hand: bool
    status: str
    tone: str
    message: Excerpt | None
    returned: Excerpt | None
    output: Excerpt | None
    seconds: float | None


@dataclass
class Section:
    """What the page shows of one question, or, without a name, of what comes before the first.

    `left_out`: how many of the student's cells are not shown; `missing`: the notebook has no cell of this name.
    """

    name: str
    title: str = ""
    cells: list[StudentCell] = field(default_factory=list)
    left_out: int = 0
    graded: list[GradedCell] = field(default_factory=list)
    comment: str = ""
    missing: bool = False

    @property
    def points(self) -> float:
        """The points of all graded cells."""
        return sum(cell.grade.score for cell in self.graded)

    @property
    def maximum(self) -> float:
        """How many points there are to be had."""
        return sum(cell.grade.maximum for cell in self.graded)

    @property
    def has_points(self) -> bool:
        """Whether anybody or anything has given points yet."""
        return any(cell.grade.given for cell in self.graded)


@dataclass
class SectionBuilder:
    """Puts the sections of one page together. `tests`: what the student may be told of each test, by name."""

    released: ReleasedNotebook
    marks: Marks
    tests: Mapping[str, TestReport]
    room: Room = field(default_factory=Room)
    sections: dict[str, Section] = field(default_factory=dict)

    def build(self, nb: "NotebookNode | None") -> list[Section]:
        """The questions in the notebook's order."""
        cells = nb.cells if nb else []
        position: dict[str, int] = {}
        for number, cell in enumerate(cells):
            position.setdefault(grade_id(cell) or "", number)
        preceding = self._add_student_cells(cells)
        for name in sorted(self.marks.grades, key=lambda name: position.get(name, len(cells))):
            section = self._section(self._question(name, preceding))
            section.graded.append(self._graded_cell(self.marks.grades[name]))
        for name, comment in self.marks.comments.items():
            self._section(name).comment = comment
        for name, section in self.sections.items():
            section.missing = nb is not None and bool(name) and name not in position
        return sorted(self.sections.values(), key=lambda section: bool(section.name))

    def _add_student_cells(self, cells: Sequence["NotebookNode"]) -> dict[str, str]:
        """Add answers and other cells of the student; returns the question that each instructor's cell follows."""
        preceding: dict[str, str] = {}
        question, count = "", 0
        for cell in cells:
            name = grade_id(cell) or ""
            if name in self.released.instructors:
                preceding.setdefault(name, question)
                continue
            # A name counts where it stands first.
            is_first = name not in self.sections
            is_answer = is_first and name in self.released.answers
            if is_answer or (is_first and name in self.released.tasks):
                question = name
                self._section(question)
            if name in self.released.tasks or not (is_answer or self._is_extra(cell)):
                continue
            count += 1
            section = self._section(question)
            if is_answer or count <= CELLS:
                section.cells.append(self._student_cell(cell, question, is_answer=is_answer))
            else:
                section.left_out += 1
        return preceding

    def _section(self, question: str) -> Section:
        return self.sections.setdefault(question, Section(question, self.released.titles.get(question, "")))

    def _question(self, name: str, preceding: Mapping[str, str]) -> str:
        """The question that a graded cell belongs to: itself, the one it names, or the one it follows."""
        if name in self.released.answers | self.released.tasks:
            return name
        match = TEST_ID.fullmatch(name)
        if match and match["question"] in self.released.answers:
            return match["question"]
        return preceding.get(name) or name

    def _is_extra(self, cell: "NotebookNode") -> bool:
        """Whether the cell is the student's own, beside the answers asked for."""
        source = source_of(cell).strip()
        return bool(source) and source not in self.released.given

    def _student_cell(self, cell: "NotebookNode", question: str, *, is_answer: bool) -> StudentCell:
        is_code = cell.cell_type == "code"
        left_out = f"# {LEFT_OUT}" if is_code else LEFT_OUT
        text = cut_regions(source_of(cell), self.released.delimiters, left_out)
        source = excerpt(text, CELL_TEXT if is_answer else self.room.take_text(text, CELL_TEXT))
        if is_code:
            source = Excerpt(highlighted(source.text), source.more)
        outputs = cell_outputs(cell.get("outputs", []), self.room)
        return StudentCell(
            heading=self._heading(question, is_answer=is_answer),
            unanswered=is_answer and source_of(cell).strip() in self.released.given,
            is_code=is_code,
            source=source,
            outputs=outputs + attachments(cell, self.room),
        )

    def _heading(self, question: str, *, is_answer: bool) -> str:
        if is_answer:
            return "Your answer"
        return "Your work" if question in self.released.tasks else "Another cell of yours"

    def _graded_cell(self, grade: Grade) -> GradedCell:
        by_hand = grade.name in self.released.answers | self.released.tasks
        test = self.tests.get(grade.name, TestReport())
        status, tone = _status(grade, by_hand=by_hand, failed=bool(test.message))
        return GradedCell(
            grade=grade,
            by_hand=by_hand,
            status=status,
            tone=tone,
            message=terminal_excerpt(test.message, OUTPUT_TEXT),
            returned=terminal_excerpt(test.returned, OUTPUT_TEXT),
            output=terminal_excerpt(test.output, OUTPUT_TEXT),
            seconds=test.seconds,
        )


def _status(grade: Grade, *, by_hand: bool, failed: bool) -> tuple[str, str]:
    """How a graded cell went, in words and as a class of the page."""
    if grade.pending:
        return ("Not graded yet" if grade.manual is None else "Under review"), "wait"
    tone = "part" if 0 < grade.score < grade.maximum else "bad"
    if grade.score >= grade.maximum and not (failed and grade.maximum == 0):
        tone = "good"
    if grade.manual is not None:
        return "Graded by hand", tone
    if by_hand:
        return "Not answered", tone
    return {"good": "Passed", "part": "Passed in part", "bad": "Not passed"}[tone], tone
