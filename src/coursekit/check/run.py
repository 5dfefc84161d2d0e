"""Run the cells of a notebook, and say how each of them ended."""

import ast
import contextlib
import copy
import os
import re
import subprocess
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit.check.damage import ReleasedCell
from coursekit.notebooks import SKIPPED_TAGS, grade_id, tags
from coursekit.progress import track

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_FRAME = re.compile(r"Cell In\[(\d+)\], line (\d+)")


@dataclass(frozen=True)
class Outcome:
    """How a cell ended. `error` is the exception's name, "" when all is well."""

    error: str = ""
    reason: str = ""
    place: str = ""
    kernel_lost: bool = False
    value: float | None = None  # the number that a test cell shows: nbgrader's partial credit

    @property
    def crashed(self) -> bool:
        """Whether the cell ended the program instead of raising an error."""
        return self.kernel_lost or self.error == "SystemExit"

    def __str__(self) -> str:
        return f"{self.reason}\n{self.place}".strip()


def as_graded(nb: "NotebookNode", released: dict[str, ReleasedCell]) -> "NotebookNode":
    """A copy in which cells have the type that they were released with, as the grader sees to."""
    nb = copy.deepcopy(nb)
    for cell in nb.cells:
        original = released.get(grade_id(cell) or "")
        if original and original.cell_type != cell.cell_type:
            cell.cell_type = original.cell_type
            for key in ("outputs", "execution_count", "attachments"):
                cell.pop(key, None)
            if original.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
    return nb


class Execution:
    """One execution of a notebook, in as many kernels as it takes to get to its end."""

    def __init__(
        self,
        nb: "NotebookNode",
        released: dict[str, ReleasedCell],
        folder: Path,
        profile: str,
        timeout: float,
    ) -> None:
        self.nb, self.released, self.folder, self.timeout = nb, released, folder, timeout
        self.environment = {
            **os.environ,
            "COURSEKIT_PROFILE": profile,
            "COURSEKIT_PROGRESS": os.environ.get("COURSEKIT_PROGRESS", "off"),
            # What `nbgrader validate` tells a notebook.
            "NBGRADER_VALIDATING": "1",
            "NBGRADER_EXECUTION": "validate",
        }

    def outcomes(self, tests: Sequence[set[int]]) -> dict[int, Outcome]:
        """How each cell that runs ended, by index. tests: the test cells of each question.

        When one of them loses the kernel, the later ones of its question do not run: each would take as long again.
        """
        steps = [index for index, cell in enumerate(self.nb.cells) if self.runs(cell)]
        total = len(steps)
        ended: dict[int, Outcome] = {}
        with track(total=total, desc="Checking", unit="cell") as bar:
            # Each round gets to the end or leaves out one more cell.
            while len(ended) < total:
                with self._kernel() as execute:
                    for index in steps:
                        outcome = execute(index)
                        ended.setdefault(index, outcome)
                        if outcome.kernel_lost:
                            left_out = {index, *_later_tests(index, tests)} & set(steps)
                            ended |= {other: outcome for other in left_out - ended.keys()}
                            steps = [step for step in steps if step not in left_out]
                        bar.update(len(ended) - bar.n)
                        if outcome.kernel_lost:
                            break
        return ended

    def runs(self, cell: "NotebookNode") -> bool:
        """Whether the cell is executed: studies are not, nor what is tagged so, unless they are graded."""
        released = self.released.get(grade_id(cell) or "")
        graded = released is not None and released.role != "locked"
        skipped = any(tag in SKIPPED_TAGS for tag in tags(cell))
        return cell.cell_type == "code" and bool(cell.source.strip()) and (graded or not skipped)

    @contextlib.contextmanager
    def _kernel(self) -> Iterator[Callable[[int], Outcome]]:
        """A new kernel in the notebook's folder; yields the function that executes a cell in it."""
        from jupyter_client.kernelspec import NoSuchKernel

        client, replies = _client(self.nb, self.timeout)
        counts: dict[int, int] = {}
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(
                    client.setup_kernel(
                        cwd=str(self.folder),
                        env=self.environment,
                        # What libraries write past Python belongs to no cell.
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                    )
                )
            except (NoSuchKernel, RuntimeError, OSError) as error:
                raise ChildProcessError(
                    f"no Jupyter kernel starts here: {error}; `coursekit doctor` says what is missing"
                ) from error
            yield lambda index: self._executed(client, replies, counts, index)

    def _executed(
        self, client: "NotebookClient", replies: list[dict], counts: dict[int, int], index: int
    ) -> Outcome:
        from nbclient.exceptions import CellTimeoutError, DeadKernelError

        cell = self.nb.cells[index]
        try:
            client.execute_cell(cell, index)
        except CellTimeoutError:
            reason = f"not done after {self.timeout:g} s: an endless loop?"
            return Outcome("CellTimeoutError", reason, self._at(index), kernel_lost=True)
        except DeadKernelError:
            reason = "the kernel died: memory ran out, os._exit was called, or compiled code crashed"
            return Outcome("DeadKernelError", reason, self._at(index), kernel_lost=True)
        reply = replies.pop()
        counts[reply.get("execution_count", 0)] = index
        if any(said.get("source") == "ask_exit" for said in reply.get("payload", [])):
            return Outcome(
                "SystemExit", "exit() or quit() ends the kernel", self._at(index), kernel_lost=True
            )
        if reply["status"] == "ok":
            return Outcome(value=_number(cell.outputs))
        trace = _ANSI.sub("", "\n".join(reply.get("traceback", [])))
        frames = [(counts[int(n)], int(line)) for n, line in _FRAME.findall(trace) if int(n) in counts]
        return Outcome(reply.get("ename") or "Error", self._reason(reply), self._place(frames, index))

    def _reason(self, reply: dict[str, Any]) -> str:
        name = reply.get("ename") or "Error"
        value = _ANSI.sub("", str(reply.get("evalue", ""))).strip()
        # A syntax error names IPython's temporary file, which helps nobody.
        value = re.sub(r" \(\d+\.py, line \d+\)$", "", value)
        if name == "StdinNotImplementedError":
            value = "input() has nobody to ask when a notebook is graded"
        elif name == "SystemExit":
            return "sys.exit() ends the program"
        elif name == "NameError" and (study := self._studied(value)):
            value += f"; cell {study} defines it, but that is a study, and studies do not run for grading"
        elif name == "AssertionError":
            return shortened(value) or "this assertion does not hold"
        return shortened(f"{name}: {value}".rstrip(": "))

    def _studied(self, message: str) -> int | None:
        """The number of the study cell that defines the name that the message misses."""
        missed = re.search(r"name '(\w+)' is not defined", message)
        for number, cell in enumerate(self.nb.cells, start=1):
            if missed and cell.cell_type == "code" and not self.runs(cell):
                if missed[1] in _defined(cell.source):
                    return number
        return None

    def _at(self, index: int, line: int | None = None) -> str:
        if line is None:
            return f"while cell {index + 1} ran"
        lines = self.nb.cells[index].source.splitlines()
        code = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        return f"in cell {index + 1}, line {line}: {textwrap.shorten(code, 60, placeholder=' ...')}"

    def _place(self, frames: list[tuple[int, int]], index: int) -> str:
        """Where the error came up and, when that is another cell, from where it was called."""
        if not frames:
            return self._at(index)
        called = f"\ncalled {self._at(*frames[0])}" if frames[0][0] != frames[-1][0] else ""
        return self._at(*frames[-1]) + called


def _later_tests(index: int, tests: Sequence[set[int]]) -> set[int]:
    return {other for group in tests if index in group for other in group if other > index}


def _client(nb: "NotebookNode", timeout: float) -> tuple["NotebookClient", list[dict[str, Any]]]:
    """A client for the notebook, and the list onto which it puts the kernel's reply to each cell."""
    from nbclient import NotebookClient

    class Client(NotebookClient):
        def output(self, outs, msg, display_id, cell_index):
            """Keep results alone: a cell that prints without end would fill the memory here."""
            if msg["msg_type"] == "execute_result":
                return super().output(outs, msg, display_id, cell_index)
            return None

    replies: list[dict[str, Any]] = []
    client = Client(
        nb,
        allow_errors=True,
        timeout_func=lambda cell: timeout,
        startup_timeout=120,
        # The default of 4 s fails on a busy machine.
        iopub_timeout=60,
        kernel_name="python3",
        # Kernels warn on the terminal that TCP on this machine is not encrypted.
        extra_arguments=["--log-level=50"],
        shutdown_kernel="immediate",
        # Which cells run is decided here.
        skip_cells_with_tag="",
        record_timing=False,
        store_widget_state=False,
        on_cell_executed=lambda cell, cell_index, execute_reply: replies.append(execute_reply["content"]),
    )
    return client, replies


def _defined(source: str) -> set[str]:
    """The names that a piece of code assigns, defines or imports."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError):
        return set()
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return names | {(node.asname or node.name).split(".")[0] for node in nodes if isinstance(node, ast.alias)}


def _number(outputs: list["NotebookNode"]) -> float | None:
    """The number that a cell shows as its result."""
    for output in outputs:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return float(output["data"]["text/plain"])
    return None


def shortened(text: str, most: int = 1_000) -> str:
    """The text, cut after `most` characters."""
    return text if len(text) <= most else f"{text[:most]} ..."
