"""The two places in which an answer is judged: the grader, and one process, as in a student's JupyterLab.

Each answer stands alone beside what its tests need of the notebook, so that it costs one fork and no whole notebook.
"""

import ast
import contextlib
import copy
import dataclasses
import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from nbformat.v4 import new_code_cell

from coursekit.notebooks import TEST_ID, grade_id, role
from coursekit.staff.course import Course
from coursekit.staff.grading import names
from coursekit.staff.grading.plan import Plan, cells_of, make_plan
from coursekit.staff.grading.score import questions_of
from coursekit.staff.sandbox import examine, host

if TYPE_CHECKING:
    from nbformat import NotebookNode

# Answers that share a process, in which each finds the names of the setup cell as they were.
TOGETHER = 20
# A warning goes to stderr, and plain nbgrader gives no points to a test cell that writes there.
_REMEMBER = """
import builtins, warnings
warnings.simplefilter("error", RuntimeWarning)
builtins.names_of_the_setup = dict(globals())
"""
_FORGET = "globals().clear()\nglobals().update(names_of_the_setup)"


class Asked(NamedTuple):
    """An answer to judge. seconds: the time limit of each of its cells; None: the grader's own."""

    question: str
    code: str
    seconds: float | None = None


@dataclass(frozen=True)
class Verdict:
    """The points of an answer, why some were lost (by test), and the seconds that it and its tests took."""

    points: float
    reasons: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Grader:
    """Judges answers to the questions of one chapter, several at a time."""

    plan: Plan
    pair: dict[str, host.Sandbox]
    in_one_process: bool
    threads: ThreadPoolExecutor
    slots: "queue.Queue[int]"

    def judge(self, asked: Sequence[Asked], told: Callable[[int], Any] = lambda n: None) -> list[Verdict]:
        """The verdict on each answer. told: is called with the number of answers whenever some are judged."""
        return [verdict for future in self.start(asked, told) for verdict in future.result()]

    def start(
        self, asked: Sequence[Asked], told: Callable[[int], Any] = lambda n: None
    ) -> list[Future[list[Verdict]]]:
        """As `judge`, without waiting: the verdicts come in the order of the answers, some in each future."""
        size = TOGETHER if self.in_one_process else 1
        # Here and not in the threads: two that parse at a time can make Python 3.11 fail.
        parts = [_cells_for(self.plan.master, each) for each in asked]
        return [
            self.threads.submit(self._judge, asked[at : at + size], parts[at : at + size], told)
            for at in range(0, len(asked), size)
        ]

    def _judge(
        self, asked: Sequence[Asked], parts: list[list["NotebookNode"]], told: Callable[[int], Any]
    ) -> list[Verdict]:
        around = [cell for cell in self.plan.master.cells if role(cell) in ("parameters", "setup")]
        if self.in_one_process:
            around = [*around, _locked(_REMEMBER)]
            parts = [[*part, _locked(_FORGET)] for part in parts]
        nb = copy.copy(self.plan.master)
        nb.cells = [*around, *(cell for part in parts for cell in part)]
        entries = cells_of(self.plan, nb)
        # As long as nb.cells.
        of_notebook = [entry for entry in entries if entry["kind"] != "own"]
        at = len(around)
        for each, part in zip(asked, parts, strict=True):
            if each.seconds:
                for entry in of_notebook[at : at + len(part)]:
                    entry["timeout"] = each.seconds
            at += len(part)
        slot = self.slots.get()
        try:
            done = examine.examine({**self.plan.task, "cells": entries}, self.pair, slot)["cells"]
        finally:
            self.slots.put(slot)
        told(len(asked))
        shown = [ran for entry, ran in zip(entries, done, strict=True) if entry["kind"] != "own"]
        verdicts, at = [], len(around)
        for each, part in zip(asked, parts, strict=True):
            verdicts.append(self._verdict(each, part, shown[at : at + len(part)]))
            at += len(part)
        return verdicts

    def _verdict(self, asked: Asked, cells: list["NotebookNode"], done: list[dict[str, Any]]) -> Verdict:
        nb = copy.copy(self.plan.master)
        nb.cells = cells
        tests = [
            tested
            for tested in questions_of(self.plan, nb, done)
            if (match := TEST_ID.fullmatch(tested.question)) and match["question"] == asked.question
        ]
        return Verdict(
            points=sum(tested.points for tested in tests),
            reasons=tuple(f"{tested.question}: {tested.reason}" for tested in tests if tested.reason),
            seconds=round(sum(ran["seconds"] for ran in done), 3),
        )


@contextlib.contextmanager
def graders(
    course: Course,
    chapter: str,
    master: "NotebookNode",
    *,
    jobs: int,
    sandboxed: bool = True,
    real: bool = True,
) -> Iterator[list[Grader]]:
    """The grader of a chapter, and the one process; the latter alone without `real`.

    They judge `jobs` answers at a time, together.
    """
    slots: queue.Queue[int] = queue.Queue()
    for slot in range(jobs):
        slots.put(slot)
    plan = make_plan(
        course, chapter, chapter, master, isolation="examiner", sandboxed=sandboxed, profile="smoke"
    )
    # A student's JupyterLab has the data.
    alone = {**plan.task, "isolation": "kernel", "data_for_student": True}
    plans = [plan] if real else []
    plans.append(dataclasses.replace(plan, task=alone))
    with contextlib.ExitStack() as stack:
        pairs = [stack.enter_context(examine.warm_pair(each.task)) for each in plans]
        threads = ThreadPoolExecutor(jobs)
        stack.callback(threads.shutdown, wait=True, cancel_futures=True)
        yield [
            Grader(each, pair, each.task["isolation"] == "kernel", threads, slots)
            for each, pair in zip(plans, pairs, strict=True)
        ]


def _cells_for(master: "NotebookNode", asked: Asked) -> list["NotebookNode"]:
    """Copies of the answer in its place, its tests, and the references to others that these need, in their order.

    An answer may call what an earlier question asked for, whether or not its own reference does.
    """
    cells = [copy.copy(cell) for cell in master.cells]
    for cell in cells:
        if grade_id(cell) == asked.question:
            cell.source = asked.code
    own = [cell for cell in cells if _question(cell) == asked.question]
    kept = {id(cell) for cell in [*own, *_needed(cells, own)]}
    return [cell for cell in cells if id(cell) in kept]


def _question(cell: "NotebookNode") -> str:
    """The question of which the cell is the answer or a test."""
    kind, name = role(cell), grade_id(cell) or ""
    match = TEST_ID.fullmatch(name) if kind == "test" else None
    return match["question"] if match else name if kind == "solution" else ""


def _needed(cells: list["NotebookNode"], own: list["NotebookNode"]) -> list["NotebookNode"]:
    """The references to other questions that these cells use, or that the ones used use."""
    others = [cell for cell in cells if role(cell) == "solution" and _question(cell) != _question(own[0])]
    wanted = {name for cell in own for name in names.used(_tree(cell))}
    return [others[place] for place in names.needed([_tree(cell) for cell in others], wanted)]


def _tree(cell: "NotebookNode") -> ast.Module:
    try:
        return ast.parse(cell.source)
    except SyntaxError:  # a magic of IPython's
        return ast.Module(body=[], type_ignores=[])


def _locked(source: str) -> "NotebookNode":
    """A cell of the course's."""
    marks = {"grade_id": "names-of-the-setup", "grade": False, "solution": False, "locked": True}
    return new_code_cell(source, metadata={"nbgrader": marks})
