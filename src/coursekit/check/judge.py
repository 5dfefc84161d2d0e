"""What the outcome of each cell means for the questions of a notebook."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coursekit.check.damage import ReleasedCell, is_edited, positions
from coursekit.check.run import Outcome, shortened
from coursekit.notebooks import TEST_ID, grade_id, has_code, nbgrader_metadata

if TYPE_CHECKING:
    from nbformat import NotebookNode

PASSES, FAILS, CRASHED = "passes", "fails", "crashed"
NOT_ATTEMPTED, NOT_CHECKED = "not attempted", "not checked"
ANSWERED, NOT_ANSWERED, BY_HAND = "answered", "not answered", "graded by hand"


@dataclass(frozen=True)
class Question:
    """What came out for a question, a test cell of its own, or a cell that a person grades.

    `why` may have several lines; `cell` counts the notebook's cells from 1, text included (None: not there). `points`
    are those of its tests that pass, `most` those of all its tests that students can see.
    """

    name: str
    verdict: str
    why: str = ""
    cell: int | None = None
    points: float = 0.0
    most: float = 0.0


@dataclass(frozen=True)
class QuestionCells:
    """Where the answer to a question stands, and where each of its test cells does (indices from 0)."""

    name: str
    tied_by_name: bool  # the names of the tests tie them to the answer
    answers: list[int]
    tests: dict[str, list[int]]

    @property
    def test_indices(self) -> set[int]:
        """Where any of its test cells stands."""
        return {index for here in self.tests.values() for index in here}


@dataclass(frozen=True)
class _Evidence:
    """All that the verdict on a question depends on.

    stopped: the outcomes of its answer cells that stop with an error. tests: the outcome of each test cell that was
    not changed; unknown: why the others say nothing. silent: no test has code, since all that it has is hidden.
    """

    question: QuestionCells
    nb: "NotebookNode"
    answers: list["NotebookNode"]
    unanswered: list[str]
    stopped: list[Outcome]
    tests: dict[str, Outcome]
    unknown: dict[str, str]
    silent: bool

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.tests.values() if outcome.error]


def find_questions(nb: "NotebookNode", released: dict[str, ReleasedCell]) -> list[QuestionCells]:
    """The questions with tests. A test whose name ties it to no answer is a question of its own."""
    places = positions(nb)
    found: dict[str, QuestionCells] = {}
    for name, cell in released.items():
        if cell.role != "test":
            continue
        here = places.get(name, [])
        match = TEST_ID.fullmatch(name)
        question = match["question"] if match else ""
        if question in released and released[question].is_answer:
            of = found.setdefault(question, QuestionCells(question, True, places.get(question, []), {}))
            of.tests[name] = here
        else:
            above = [
                index
                for answer, indices in places.items()
                if answer in released and released[answer].role == "solution"
                for index in indices
                if here and index < here[0]
            ]
            found[name] = QuestionCells(name, False, [max(above)] if above else [], {name: here})
    return list(found.values())


def judge(
    question: QuestionCells,
    nb: "NotebookNode",
    released: dict[str, ReleasedCell],
    outcomes: dict[int, Outcome],
) -> Question:
    """The verdict on a question with tests. outcomes: how each cell that ran ended, by its index."""
    answers = [nb.cells[index] for index in question.answers]
    tests: dict[str, Outcome] = {}
    unknown: dict[str, str] = {}
    for name, here in question.tests.items():
        whole = [index for index in here if not is_edited(nb.cells[index], released[name])]
        if whole:
            ended = [outcomes.get(index, Outcome()) for index in whole]
            tests[name] = next((outcome for outcome in ended if outcome.error), ended[0])
        elif here:
            unknown[name] = f"cell {here[0] + 1}, a test cell, was changed"
        else:
            unknown[name] = "a test cell is missing"
    seen = _Evidence(
        question,
        nb,
        answers,
        unanswered=[_why_unanswered(cell, released[grade_id(cell) or ""]) for cell in answers],
        stopped=[o for index in question.answers if (o := outcomes.get(index)) and o.error],
        tests=tests,
        unknown=unknown,
        silent=not any(has_code(nb.cells[index].source) for index in question.test_indices),
    )
    verdict, why = _verdict(seen)
    places = [*question.answers, *(index for here in question.tests.values() for index in here)]
    points, most = _points(seen) if verdict in (PASSES, FAILS) else (0.0, _points(seen)[1])
    return Question(question.name, verdict, why, places[0] + 1 if places else None, points, most)


def graded_by_hand(nb: "NotebookNode", released: dict[str, ReleasedCell]) -> list[Question]:
    """The answers and tasks that a person grades, and whether they are answered as far as one can know."""
    places, found = positions(nb), []
    for name, cell in released.items():
        here = places.get(name, [])
        number = here[0] + 1 if here else None
        if cell.role == "task":
            found.append(Question(name, BY_HAND, "a person reads what you did for this task", number))
        elif cell.role == "manual":
            unanswered = "" if here else "the cell is missing; "
            reasons = [_why_unanswered(nb.cells[index], cell) for index in here]
            if here and all(reasons):
                unanswered = f"cell {number} {reasons[0]}; "
            verdict = NOT_ANSWERED if unanswered else ANSWERED
            found.append(Question(name, verdict, f"{unanswered}a person grades it", number))
    return found


def errors_elsewhere(
    nb: "NotebookNode",
    released: dict[str, ReleasedCell],
    questions: list[QuestionCells],
    outcomes: dict[int, Outcome],
) -> list[Question]:
    """The cells outside the questions that stop with an error, but for answers that were left as they were."""
    inside = {index for question in questions for index in {*question.answers, *question.test_indices}}
    found = []
    for index, outcome in sorted(outcomes.items()):
        if not outcome.error or index in inside:
            continue
        name = grade_id(nb.cells[index])
        cell = released.get(name or "")
        if cell and cell.role != "locked" and outcome.error == "NotImplementedError":
            continue
        title = f"cell {index + 1}" + (f" ({name})" if cell else "")
        found.append(Question(title, CRASHED if outcome.crashed else FAILS, str(outcome), index + 1))
    return found


def _points(seen: _Evidence) -> tuple[float, float]:
    """The points of the tests that pass, and those of all tests with code."""
    points = most = 0.0
    for name, here in seen.question.tests.items():
        worth = nbgrader_metadata(seen.nb.cells[here[0]]).get("points") if here else None
        if isinstance(worth, int | float) and has_code(seen.nb.cells[here[0]].source):
            most += worth
            outcome = seen.tests.get(name)
            if outcome and not outcome.error:
                points += worth if outcome.value is None else min(max(outcome.value, 0.0), worth)
    return points, most


def _verdict(seen: _Evidence) -> tuple[str, str]:
    """The verdict and why. What the answer cell itself did explains more than what a test made of it."""
    for step in (_crashed, _not_attempted, _failed, _not_checked, _partial_credit):
        if verdict := step(seen):
            return verdict
    if seen.stopped:
        return PASSES, f"although the answer stops: {seen.stopped[0]}"
    return PASSES, "all its tests are hidden" if seen.silent else ""


def _crashed(seen: _Evidence) -> tuple[str, str] | None:
    for outcome in seen.stopped:
        if outcome.crashed and (seen.question.tied_by_name or seen.failed):
            return CRASHED, f"the answer: {outcome}"
    for outcome in seen.failed:
        if outcome.crashed:
            return CRASHED, str(outcome)
    return None


def _not_attempted(seen: _Evidence) -> tuple[str, str] | None:
    if not seen.answers:
        return None
    tied, where = seen.question.tied_by_name, seen.question.answers[0] + 1
    if all(seen.unanswered) and (tied or seen.failed or seen.silent):
        although = tied and not seen.failed and not seen.silent
        hint = ", although its public tests pass" if although else ""
        return NOT_ATTEMPTED, f"cell {where} {seen.unanswered[0]}{hint}{_first_line(seen.answers[0])}"
    raised = any(outcome.error == "NotImplementedError" for outcome in [*seen.stopped, *seen.failed])
    if seen.failed and raised and any("NotImplementedError" in cell.source for cell in seen.answers):
        return (
            NOT_ATTEMPTED,
            f"cell {where} still raises NotImplementedError{_first_line(seen.answers[0])}",
        )
    return None


def _failed(seen: _Evidence) -> tuple[str, str] | None:
    failed, question = seen.failed, seen.question
    if not failed:
        return None
    if seen.stopped:
        return FAILS, f"the answer stops: {seen.stopped[0]}"
    more = f"\n{len(failed)} of its {len(question.tests)} test cells fail." if len(failed) > 1 else ""
    lost = "Its answer cell is missing.\n" if question.tied_by_name and not question.answers else ""
    return FAILS, f"{lost}{failed[0]}{more}"


def _not_checked(seen: _Evidence) -> tuple[str, str] | None:
    for name, why in seen.unknown.items():
        return NOT_CHECKED, f"{why}, so what the grader's copy of {name!r} says is not known"
    return None


def _partial_credit(seen: _Evidence) -> tuple[str, str] | None:
    for name, outcome in seen.tests.items():
        index = seen.question.tests[name][0]
        most = nbgrader_metadata(seen.nb.cells[index]).get("points")
        if outcome.value is not None and isinstance(most, int | float) and 0 <= outcome.value < most:
            return FAILS, f"cell {index + 1} gives {outcome.value:g} of {most:g} points"
    return None


def _why_unanswered(cell: "NotebookNode", released: ReleasedCell) -> str:
    """Why the answer cell counts as not answered; "" for an answer."""
    if not (has_code(cell.source) if released.cell_type == "code" else cell.source.strip()):
        return "is empty"
    known = released.sha256 or "checksum" in nbgrader_metadata(cell)
    return "is still as it was released" if known and not is_edited(cell, released) else ""


def _first_line(cell: "NotebookNode") -> str:
    """The first line of a code cell, by which one finds it: JupyterLab shows no cell numbers."""
    lines = [line for line in cell.source.splitlines() if line.strip() and not line.startswith("#")]
    return f"\n{shortened(lines[0], 60)}" if lines else ""
