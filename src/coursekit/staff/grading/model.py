"""What grading passes on: a submission on its way to a worker, and its result on the way back. Plain data."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class NotebookFile:
    """A notebook's file as it was handed in: its name and content, or why there is nothing to grade."""

    name: str
    content: bytes = b""
    fault: str = ""


@dataclass(frozen=True)
class Submission:
    """What a student handed in, as a worker gets it."""

    student: str
    assignment: str
    # By the notebook's name; those that are to be graded.
    notebooks: Mapping[str, NotebookFile]
    # What lies beside the notebooks, by the path inside the folder: the course's files, and the student's own.
    files: Mapping[str, bytes]
    # On what was left out of the files.
    notes: Sequence[str]
    # A digest of the files that were handed in.
    contents: str


@dataclass(frozen=True)
class GradedTest:
    """What one test of a notebook gave a submission."""

    notebook: str
    question: str
    points: float
    maximum: float
    # Why points were lost: for the instructor, and for the student.
    reason: str = ""
    message: str = ""
    # Whether it failed in a hidden part.
    hidden: bool = False
    # What the answer returned last, and what was printed.
    returned: str = ""
    output: str = ""
    seconds: float = 0.0
    # Those that the test announced, see coursekit.challenge.
    scores: Sequence[dict[str, Any]] = ()

    @property
    def key(self) -> tuple[str, str]:
        """The names of the notebook and of the test."""
        return self.notebook, self.question

    def as_dict(self) -> dict[str, Any]:
        """The question as it stands in a result's file; scores only where there are any."""
        found = _as_dict(self)
        if not self.scores:
            del found["scores"]
        return found


@dataclass(frozen=True, kw_only=True)
class Result:
    """What grading found out about a submission; the fields as in its file, in this order."""

    student: str
    assignment: str
    isolation: str = "examiner"
    sandboxed: bool
    profile: str = "smoke"
    graded_at: str
    points: float = field(init=False)
    maximum: float = field(init=False)
    seconds: float
    memory_mb: float
    # Characters of code that the student wrote.
    code: int
    # Why notebooks could not be graded.
    reason: str
    notes: Sequence[str]
    questions: Sequence[GradedTest]
    # A digest of each cell of the course's, by notebook and name.
    tests: Mapping[str, Mapping[str, str]]
    # A digest of the files handed in, and one of all that the points depend on ("" if they are no grades).
    contents: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", sum(question.points for question in self.questions))
        object.__setattr__(self, "maximum", sum(question.maximum for question in self.questions))

    def as_dict(self) -> dict[str, Any]:
        """The result as it stands in its file."""
        found = _as_dict(self) | {"questions": [question.as_dict() for question in self.questions]}
        if not self.key:
            del found["key"]
        return found

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Result":
        """The result in a file. Raises ValueError for a record in which something is missing."""
        try:
            questions = [GradedTest(**_known(GradedTest, question)) for question in record["questions"]]
            return cls(**_known(cls, record) | {"questions": questions})
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"no result of a submission: {error}") from None


@dataclass(frozen=True)
class Graded:
    """What a worker makes of a submission: the result, and the notebooks with what their cells showed."""

    result: Result
    notebooks: dict[str, "NotebookNode"]


@dataclass(frozen=True)
class Standing:
    """What the gradebook says of a submission: points, and how many of its cells wait for a person.

    A cell to which a person gave points counts as graded by hand, test or not; extra credit does, too.
    """

    automatic: float = 0.0
    by_hand: float = 0.0
    waiting: int = 0
    late_penalty: float = 0.0
    total: float = field(init=False)
    total_maximum: float = 0.0

    def __post_init__(self) -> None:
        total = max(0.0, self.automatic + self.by_hand - self.late_penalty)
        object.__setattr__(self, "total", total)


@dataclass(frozen=True)
class Outcome:
    """The result of a submission in a report; `kept` if it is from before."""

    result: Result
    kept: bool

    def as_dict(self) -> dict[str, Any]:
        """The result as it stands in reports."""
        return {**self.result.as_dict(), "kept": self.kept}


def _as_dict(instance: Any) -> dict[str, Any]:
    return {each.name: getattr(instance, each.name) for each in dataclasses.fields(instance)}


def _known(kind: type, record: Mapping[str, Any]) -> dict[str, Any]:
    names = {each.name for each in dataclasses.fields(kind) if each.init}
    return {name: value for name, value in record.items() if name in names}
