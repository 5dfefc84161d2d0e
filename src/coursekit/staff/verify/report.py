"""What verifying a chapter found: each answer and mutant with its points, and all that is wrong."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from coursekit.staff.execute import aligned
from coursekit.staff.proofs import Row

# The share of a chapter's mutants that must lose points or be listed as equivalent.
BAR = 0.99


@dataclass(frozen=True)
class Judged:
    """An answer as it was judged.

    kind: reference, stub (the cell as students get it), right, wrong, or mutant. expected: the points that it deserves;
    for a mutant those that it must stay under. graded, alone: its points in the grader (None: not asked) and in one
    process. where: the line of the bank. equivalent: why the mutant means the same, as the bank says.
    """

    question: str
    kind: str
    why: str
    expected: float
    graded: float | None
    alone: float
    reasons: tuple[str, ...] = ()
    seconds: float = 0.0
    where: str = ""
    diff: str = ""
    equivalent: str = ""

    @property
    def points(self) -> list[float]:
        """In each place where it was judged."""
        return [self.alone] if self.graded is None else [self.graded, self.alone]

    @property
    def as_deserved(self) -> bool:
        """Whether it got what it deserves wherever it was judged; a mutant: whether it is killed."""
        if self.kind == "mutant":
            return all(points < self.expected for points in self.points)
        return all(math.isclose(points, self.expected) for points in self.points)

    @property
    def differs(self) -> bool:
        """Whether the grader and the one process give it different points."""
        return self.graded is not None and not math.isclose(self.graded, self.alone)

    def __str__(self) -> str:
        named = {"reference": "the reference", "stub": "the unanswered cell"}
        who = named.get(self.kind) or f"{self.kind} ({self.why}{', ' if self.where else ''}{self.where})"
        got = " in the grader, ".join(f"{points:g}" for points in self.points)
        place = " in one process" if self.graded is not None else ""
        return f"{self.question}, {who}: got {got}{place}"


@dataclass(frozen=True)
class QuestionProof:
    """All that was judged of a question. not_tried: why its mutants were left out, "" if they were not."""

    question: str
    judged: tuple[Judged, ...]
    not_tried: str = ""

    @property
    def survivors(self) -> list[Judged]:
        """Mutants with full points that nobody has called equivalent."""
        return [each for each in self._of("mutant") if not each.as_deserved and not each.equivalent]

    @property
    def equivalent(self) -> int:
        """How many mutants keep full points with a reason."""
        return sum(bool(each.equivalent) and not each.as_deserved for each in self._of("mutant"))

    @property
    def misjudged(self) -> list[Judged]:
        """Answers, reference and unanswered cell that got other points than they deserve."""
        return [each for each in self.judged if each.kind != "mutant" and not each.as_deserved]

    def cells(self) -> list[str]:
        """The row of the table: question, right, wrong, mutants, equivalent, seconds."""
        mutants = self.not_tried or self._count("mutant")
        seconds = sum(each.seconds for each in self.judged)
        equivalent = f"{self.equivalent or ''}"
        return [
            self.question,
            self._count("right"),
            self._count("wrong"),
            mutants,
            equivalent,
            f"{seconds:.1f}",
        ]

    def _of(self, kind: str) -> list[Judged]:
        return [each for each in self.judged if each.kind == kind]

    def _count(self, kind: str) -> str:
        found = self._of(kind)
        return f"{sum(each.as_deserved for each in found)} of {len(found)}" if found else ""


@dataclass(frozen=True)
class ChapterProof:
    """All that was judged of a chapter, what is wrong with its bank, and the seconds that it took by the clock."""

    chapter: str
    questions: tuple[QuestionProof, ...]
    faults: tuple[str, ...]
    seconds: float

    @property
    def mutants(self) -> int:
        """How many were judged."""
        return sum(len(proof._of("mutant")) for proof in self.questions)

    @property
    def survivors(self) -> list[Judged]:
        """Of all questions."""
        return [each for proof in self.questions for each in proof.survivors]

    @property
    def share_killed(self) -> float:
        """The share of the mutants that are killed or equivalent; 1 without any."""
        return 1 - len(self.survivors) / self.mutants if self.mutants else 1.0

    @property
    def differences(self) -> list[Judged]:
        """The answers on whose points the grader and the one process disagree; mutants have no points to agree on."""
        return [each for each in self._that_differ() if each.kind != "mutant"]

    @property
    def proved(self) -> bool:
        """Whether nothing is wrong."""
        misjudged = any(proof.misjudged for proof in self.questions)
        return not (self.faults or misjudged or self.differences) and self.share_killed >= BAR

    def rows(self) -> list[Row]:
        """What is kept of each question."""
        return [
            Row(
                proof.question,
                right=sum(each.as_deserved for each in proof._of("right")),
                wrong=sum(each.as_deserved for each in proof._of("wrong")),
                mutants=None if proof.not_tried else len(proof._of("mutant")),
                killed=sum(each.as_deserved for each in proof._of("mutant")),
                equivalent=proof.equivalent,
            )
            for proof in self.questions
        ]

    def lines(self) -> list[str]:
        """The table, and below it all that is wrong."""
        heads = ["question", "right accepted", "wrong rejected", "mutants killed", "equivalent", "seconds"]
        lines = [f"{self.chapter}:", aligned([heads, *(proof.cells() for proof in self.questions)])]
        if self.mutants:
            lines.append(
                f"{self.share_killed:.1%} of {self.mutants} mutants killed or equivalent; {BAR:.0%} are asked for"
            )
        lines.append(f"{self.seconds:.0f} s")
        misjudged = [each for proof in self.questions for each in proof.misjudged]
        lines += _section("The bank", self.faults)
        lines += _section("Misjudged", list(map(_with_reasons, misjudged)))
        lines += _section("Mutants with full points", [f"{each}\n{each.diff}" for each in self.survivors])
        lines += _section("The grader and one process differ", list(map(_with_reasons, self.differences)))
        mutants = [each for each in self._that_differ() if each.kind == "mutant" and each.as_deserved]
        lines += _section("Mutants, killed in both, with other points", list(map(str, mutants)))
        return lines

    def _that_differ(self) -> list[Judged]:
        return [each for proof in self.questions for each in proof.judged if each.differs]


def _with_reasons(judged: Judged) -> str:
    return "\n".join([f"{judged}, expected {judged.expected:g}", *judged.reasons])


def _section(title: str, items: Sequence[str]) -> list[str]:
    if not items:
        return []
    return ["", f"{title}:", *("  " + item.replace("\n", "\n    ") for item in items)]
