"""The report on a notebook, as it is printed."""

import math
import shutil
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path

from coursekit.check.damage import Damage
from coursekit.check.judge import CRASHED, FAILS, NOT_ANSWERED, NOT_ATTEMPTED, NOT_CHECKED, PASSES, Question


@dataclass(frozen=True)
class Report:
    """All that `coursekit check` found out. `errors`: cells outside the questions that stop with an error."""

    notebook: Path
    profile: str
    questions: list[Question] = field(default_factory=list)
    by_hand: list[Question] = field(default_factory=list)
    errors: list[Question] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    saved: float | None = None
    seconds: float = 0.0

    @property
    def status(self) -> int:
        """The exit status: 0 when every autograded question passes its public tests, else 1."""
        passed = all(question.verdict == PASSES for question in self.questions)
        return 0 if passed and (self.questions or self.by_hand) else 1

    def table(self, width: int = 100) -> str:
        """One row for each question and each hand-graded answer: name, verdict, points and why. Wrapped at `width`."""
        rows = [*self.questions, *self.by_hand]
        name = max((len(row.name) for row in rows), default=0)
        verdict = max((len(row.verdict) for row in rows), default=0)
        lines = []
        most, so_far = sum(row.most for row in rows), 0.0
        for row in rows:
            so_far += row.points
            head = f"  {row.name:{name}}  {row.verdict:{verdict}}  "
            hanging = " " * min(len(head), width // 2)
            earned = f"{row.points:g} of {row.most:g} here, {so_far:g} of {most:g} in this chapter"
            said = "\n".join([earned] * (row.verdict == PASSES and row.most > 0) + [row.why] * bool(row.why))
            lines += _wrapped(head, said, hanging, width) if said else [head.rstrip()]
        return "\n".join(lines)

    def lines(self, width: int | None = None) -> list[str]:
        """The whole report for a terminal of this width (default: the one at hand)."""
        width = max(60, min(width or shutil.get_terminal_size((100, 24)).columns, 120))
        lines = [self._header()]
        if self.questions or self.by_hand:
            lines += ["Cells are counted from the top, text included.", "", *self.table(width).splitlines()]
        if self.errors:
            lines += ["", "Cells outside the questions that stop with an error:"]
            for error in self.errors:
                lines += _wrapped(f"  {error.name}: ", error.why, "      ", width)
        if self.damage:
            lines += ["", "Not as it was released:"]
            for damage in self.damage:
                lines += _wrapped("  - ", damage.what, "    ", width)
                lines += _wrapped("    ", damage.fix, "    ", width)
        lines += [""] if self.notes else []
        for note in self.notes:
            lines += _wrapped("", f"Note: {note}", "", width)
        *advice, summary = self._ending()
        return [*lines, "", *(line for text in advice for line in _wrapped("", text, "", width)), summary]

    def _header(self) -> str:
        if self.saved is None:
            return f"{self.notebook.name}:"
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.saved))
        how = f", executed in {self.seconds:.0f} s (profile {self.profile})" if self.questions else ""
        return f"{self.notebook.name} as saved at {when}{how}:"

    def _ending(self) -> list[str]:
        if not self.questions and not self.by_hand:
            return ["Nothing could be checked (exit status 1)."]
        texts = [f"Next: {todo}, save the notebook, and check again."] if (todo := self._next()) else []
        if any(question.verdict == PASSES for question in self.questions):
            texts.append(
                "Hidden tests may still fail: the grader also tries your answers where you cannot look."
            )
        return [*texts, self._summary()]

    def _next(self) -> str:
        """What to do first: an error in a setup cell, say, fails all that comes after it."""
        todo = [question for question in self.questions if question.verdict not in (PASSES, NOT_CHECKED)]
        first: float = min((question.cell or math.inf for question in todo), default=0)
        for error in self.errors:
            if error.cell and error.cell < first:
                return f"mend {error.name}, since later cells may need what it does"
        for question in todo:
            verb = "answer" if question.verdict == NOT_ATTEMPTED else "mend"
            return f"{verb} {question.name!r}" + (f" in cell {question.cell}" if question.cell else "")
        if self.status and self.damage:
            return "see to what is not as it was released"
        for question in self.by_hand:
            if question.verdict == NOT_ANSWERED and question.cell:
                return f"answer {question.name!r} in cell {question.cell}, which a person grades"
        return ""

    def _summary(self) -> str:
        total = len(self.questions)
        if not total:
            return "This notebook has no question with tests (exit status 0)."
        passed = sum(question.verdict == PASSES for question in self.questions)
        counts = [
            f"{count} {'fail' if verdict == FAILS and count > 1 else verdict}"
            for verdict in (FAILS, CRASHED, NOT_ATTEMPTED, NOT_CHECKED)
            if (count := sum(question.verdict == verdict for question in self.questions))
        ]
        if not counts:
            return (
                f"{'The question passes its' if total == 1 else f'All {total} questions pass their'} "
                "public tests (exit status 0)."
            )
        verb = "passes its" if passed == 1 else "pass their"
        return (
            f"{passed} of {total} questions {verb} public tests; {', '.join(counts)} "
            "(exit status 1; 0 when all pass)."
        )


def _wrapped(first: str, text: str, hanging: str, width: int) -> list[str]:
    """The text in lines of at most `width`, the first after `first`, the others after `hanging`."""
    lines: list[str] = []
    for part in "".join(
        c if c.isprintable() or c == "\n" else "?" for c in text.expandtabs()
    ).splitlines() or [""]:
        lead = hanging if lines else first
        room = max(24, width - max(len(lead), len(hanging)))
        wrapped = textwrap.wrap(part, room, break_on_hyphens=False) or [""]
        lines += [(lead if number == 0 else hanging) + line for number, line in enumerate(wrapped)]
    return [line.rstrip() for line in lines]
