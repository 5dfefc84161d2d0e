"""Execute the chapters' notebooks with papermill, each in a process of its own, and keep what they drew.

Results stay in `_build/executed/<profile>/` for as long as nothing that they depend on changes: the notebook, the
modules of coursekit that it imports, the recorded results that it looked for, data, profile and packages.
"""

import concurrent.futures
import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit import notebooks, profiles
from coursekit.files import READS, write_atomically
from coursekit.machine import affordable
from coursekit.notebooks import CourseError
from coursekit.progress import track
from coursekit.record import claims
from coursekit.staff import faults, truth
from coursekit.staff.steps import Step, imported

if TYPE_CHECKING:
    from nbformat import NotebookNode

# The tag of cells that are not the chapter's.
_TRUTH = "injected-truth"
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Result:
    """How a chapter's notebook ran: wall-clock seconds, and the peak resident memory of its kernel in MB."""

    chapter: str
    profile: str
    seconds: float
    peak_memory_mb: float
    cached: bool
    path: Path
    # Of each sentence that the text says of its runs: why it does not hold in this one, or "".
    truth: Mapping[str, str] = field(default_factory=dict)


def find_chapters(root: Path, wanted: Sequence[str] = ()) -> list[str]:
    """All chapters of the course, or the `wanted` ones of them. Raises CourseError for an unknown one."""
    known = []
    for folder in sorted((root / "notebooks").glob("[!._]*/")):
        found = sorted(file.name for file in folder.glob("*.ipynb"))
        if found and f"{folder.name}.ipynb" not in found:
            raise CourseError(f"{folder}: expected {folder.name}.ipynb, found {', '.join(found)}")
        known += [folder.name] if found else []
    if not known:
        raise CourseError(f"{root / 'notebooks'}: no chapter found (expected <chapter>/<chapter>.ipynb)")
    for chapter in wanted:
        if chapter not in known:
            raise CourseError(f"no chapter {chapter!r}; the course has: {', '.join(known)}")
    return list(dict.fromkeys(wanted)) or known


def source_path(root: Path, chapter: str) -> Path:
    """Where the source notebook of a chapter stands."""
    return root / "notebooks" / chapter / f"{chapter}.ipynb"


def load_data(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The provenance, with its banner, of each of these data sets.

    Loads each once in this process, so that a download happens before and not inside the kernels.
    """
    from coursekit import data

    return {name: data.load(name).provenance.as_dict() for name in sorted(set(names))}


def run(
    root: Path,
    chapters: Sequence[str] = (),
    *,
    profile: str = "quick",
    force: bool = False,
    jobs: int | None = None,
    seeds: int = 0,
) -> list[Result]:
    """Execute the chapters (all of them by default) at a profile, `jobs` at a time, and return their results.

    A chapter whose notebook, data, package, profile and lock file have not changed since it last ran is
    taken from `_build` unless `force`. With `seeds` from 1 on, the same with other seeds, in a folder of their own,
    `_build/truth/`. The default for `jobs` is a notebook for each core, if there are 3 GB
    of free memory for each. Raises CourseError for an unknown chapter or profile, for a notebook that takes
    no PROFILE or trains on one frozen order of its images, and, when the other notebooks are done, for every
    notebook that failed.
    """
    root = root.resolve()
    if profile not in profiles.NAMES:
        raise CourseError(f"no profile {profile!r}; the profiles are: {', '.join(profiles.NAMES)}")
    if jobs is not None and jobs < 1:
        raise CourseError(f"jobs must be at least 1, got {jobs}")
    sources = {name: notebooks.read(source_path(root, name)) for name in find_chapters(root, chapters)}
    _require_executable(sources)

    steps = {name: _step(root, name, profile, nb, seeds) for name, nb in sources.items()}
    planned = _tasks(root, sources, profile, seeds)
    results = {
        task.chapter: kept for task in planned if not force and (kept := _kept(task, steps[task.chapter]))
    }
    due = [task for task in planned if task.chapter not in results]
    failures = []
    for task, outcome in _execute(due, jobs or _default_jobs()):
        if outcome.failure:
            failures.append(outcome.failure)
            continue
        facts = {"seconds": round(outcome.seconds, 2), "peak_memory_mb": round(outcome.peak_memory_mb, 1)}
        _keep(
            steps[task.chapter],
            task.target,
            read=outcome.read,
            chapter=task.chapter,
            profile=profile,
            data=list(task.data.values()),
            truth=outcome.truth,
            **facts,
        )
        results[task.chapter] = Result(
            task.chapter, profile, **facts, cached=False, path=task.target, truth=outcome.truth
        )
    recorded = {result.path: result for result in [*_recorded(root), *results.values()]}
    write_atomically(root / "_build" / "timing.md", timing_table(recorded.values()) + "\n")
    if failures:
        raise CourseError("\n".join(failures))
    return [results[name] for name in sources]


def truths(
    root: Path,
    chapters: Sequence[str] = (),
    *,
    profile: str = "quick",
    runs: int | None = None,
    jobs: int | None = None,
) -> dict[str, list[Mapping[str, str]]]:
    """What each of `runs` executions with different seeds said of a chapter's sentences, by chapter.

    The default for `runs` is 10, and 5 for a chapter on CIFAR-10, whose networks take longer. Raises CourseError for a
    chapter without sentences, and as `run` does.
    """
    if runs is not None and runs < 1:
        raise CourseError(f"runs must be at least 1, got {runs}")
    many = {}
    for name in find_chapters(root, chapters):
        if not truth.path(root, name).is_file():
            raise CourseError(f"{name}: no sentences to check; they belong into {truth.path(root, name)}")
        used = notebooks.datasets(notebooks.read(source_path(root, name)))
        many[name] = runs or (5 if "cifar10" in used else 10)
    found: dict[str, list[Mapping[str, str]]] = {name: [] for name in many}
    for seeds in range(max(many.values())):
        due = [name for name, most in many.items() if seeds < most]
        for result in run(root, due, profile=profile, jobs=jobs, seeds=seeds):
            found[result.chapter].append(result.truth)
    return found


def _require_executable(sources: Mapping[str, "NotebookNode"]) -> None:
    """Raise CourseError for a notebook that takes no profile, or that would show wrong figures."""
    for name, nb in sources.items():
        if "PROFILE" not in notebooks.parameters(nb):
            raise CourseError(f"{name}: no cell tagged `parameters` that assigns PROFILE")
    if found := [fault for name, nb in sources.items() for fault in faults.frozen_orders(nb, name)]:
        raise CourseError("not executed, the figures would be wrong:\n  " + "\n  ".join(found))


def _tasks(root: Path, sources: Mapping[str, "NotebookNode"], profile: str, seeds: int) -> list["_Task"]:
    """What there is to execute, with the data that each notebook uses."""
    data = load_data(used for nb in sources.values() for used in notebooks.datasets(nb))
    return [
        _Task(
            name,
            profile,
            source_path(root, name),
            executed_path(root, name, profile, seeds),
            {used: data[used] for used in notebooks.datasets(nb)},
            truth.path(root, name),
            seeds,
        )
        for name, nb in sources.items()
    ]


def timing_table(results: Iterable[Result]) -> str:
    """Seconds and peak memory of each result, as a Markdown table that also reads well in a terminal."""
    rows = [("chapter", "profile", "seconds", "peak memory", "")]
    rows += [
        (
            r.chapter,
            r.profile,
            f"{r.seconds:.1f}",
            f"{r.peak_memory_mb:.0f} MB",
            "kept" if r.cached else "executed",
        )
        for r in results
    ]
    return aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table of equally wide columns, the first row its header."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(f"{c:{w}}" for c, w in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


# What follows is how one notebook is executed.


@dataclass(frozen=True)
class _Task:
    chapter: str
    profile: str
    source: Path
    target: Path
    data: dict[str, dict[str, Any]]
    truth: Path
    seeds: int

    @property
    def failed(self) -> Path:
        return self.target.with_suffix(".failed.ipynb")


@dataclass(frozen=True)
class _Outcome:
    seconds: float = 0.0
    peak_memory_mb: float = 0.0
    failure: str = ""
    # Files of recorded results that the notebook looked for, as they were then: path and digest.
    read: dict[str, str] = field(default_factory=dict)
    truth: dict[str, str] = field(default_factory=dict)


def executed_path(root: Path, chapter: str, profile: str, seeds: int = 0) -> Path:
    """Where the executed notebook of a chapter stands."""
    folder = Path("truth", f"{profile}-{seeds}") if seeds else Path("executed", profile)
    return root / "_build" / folder / f"{chapter}.ipynb"


def _step(root: Path, chapter: str, profile: str, nb: "NotebookNode", seeds: int = 0) -> Step:
    code = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    said = [file for file in (truth.path(root, chapter),) if file.is_file()]
    how = (Path(__file__), Path(truth.__file__), root / "requirements.txt")
    inputs = (source_path(root, chapter).parent, *imported(code), *how, *said)
    return Step(executed_path(root, chapter, profile, seeds).with_suffix(".json"), (*inputs, profile))


def executed(root: Path, chapter: str, profile: str) -> dict[str, Any] | None:
    """What is known of the chapter's executed notebook; None if it has to be executed (again).

    Its data are in the answer, by name and digest, and not looked at: only loading them would tell what they are now.
    """
    step = _step(root, chapter, profile, notebooks.read(source_path(root, chapter)))
    return _facts(step, executed_path(root, chapter, profile))


def _facts(step: Step, target: Path) -> dict[str, Any] | None:
    facts = step.done()
    if not facts or not target.is_file():
        return None
    return facts if hashlib.sha256(target.read_bytes()).hexdigest() == facts["notebook"] else None


def keep(root: Path, chapter: str, profile: str, **facts: Any) -> None:
    """Record that the executed notebook belongs to the source as it is now."""
    step = _step(root, chapter, profile, notebooks.read(source_path(root, chapter)))
    target = executed_path(root, chapter, profile)
    _keep(step, target, chapter=chapter, profile=profile, **{"data": [], "truth": {}, **facts})


def _keep(step: Step, target: Path, **facts: Any) -> None:
    step.keep(**facts, notebook=hashlib.sha256(target.read_bytes()).hexdigest())


def _kept(task: _Task, step: Step) -> Result | None:
    facts = _facts(step, task.target)
    digests = [used["digest"] for used in task.data.values()]
    if not facts or [used["digest"] for used in facts["data"]] != digests:
        return None
    return Result(
        task.chapter,
        task.profile,
        facts["seconds"],
        facts["peak_memory_mb"],
        cached=True,
        path=task.target,
        truth=facts["truth"],
    )


def _recorded(root: Path) -> list[Result]:
    results = []
    for stamp in sorted((root / "_build" / "executed").glob("*/*.json")):
        facts = json.loads(stamp.read_text(encoding="utf-8"))
        results.append(
            Result(
                chapter=facts["chapter"],
                profile=facts["profile"],
                seconds=facts["seconds"],
                peak_memory_mb=facts["peak_memory_mb"],
                cached=True,
                path=stamp.with_suffix(".ipynb"),
            )
        )
    return results


def _default_jobs() -> int:
    # Importing TensorFlow, compiling and small networks keep one core busy: four notebooks that train on two
    # cores take half as long two at a time as one by one. Each needs 1 to 2 GB.
    return affordable(3e9)


def _execute(tasks: Sequence[_Task], jobs: int) -> Iterator[tuple[_Task, _Outcome]]:
    """Execute each task in a worker process; yields its outcome as soon as it is there."""
    if not tasks:
        return
    workers: list[subprocess.Popen] = []
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    with track(total=len(tasks), desc="Notebooks", unit="notebook") as bar:
        # With several notebooks at a time, the bars of their cells would write over each other.
        cell_bar = not bar.disable and min(jobs, len(tasks)) == 1
        if bar.disable:
            print(f"executing {', '.join(task.chapter for task in tasks)}", flush=True)
        try:
            futures = {pool.submit(_in_worker, task, cell_bar, workers): task for task in tasks}
            for future in concurrent.futures.as_completed(futures):
                task, outcome = futures[future], future.result()
                bar.update(1)
                how = "FAILED" if outcome.failure else f"executed in {outcome.seconds:.0f} s"
                with bar.external_write_mode():
                    print(f"{task.chapter}: {how} (profile {task.profile})", flush=True)
                yield task, outcome
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                if worker.stdin:
                    worker.stdin.close()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _in_worker(task: _Task, cell_bar: bool, workers: list[subprocess.Popen]) -> _Outcome:
    # Not multiprocessing: it would run the caller's main script again in the worker. In a session of its own,
    # the worker does not hear Ctrl-C; it ends when its stdin does, however this process ends.
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as log:
        worker = subprocess.Popen(
            [sys.executable, "-P", "-c", "from coursekit.staff import execute; execute.worker()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=[terminal],
            start_new_session=True,
        )
        os.close(terminal)
        workers.append(worker)
        order = {**asdict(task), "terminal": terminal if cell_bar else None}
        assert worker.stdin and worker.stdout  # pipes, as asked for
        worker.stdin.write(json.dumps(order, default=str).encode() + b"\n")
        worker.stdin.flush()
        answer = worker.stdout.read()
        if code := worker.wait():
            log.seek(0)
            said = log.read().decode("utf-8", errors="replace").strip()
            reason = f"the process that executes it ended with code {code}\n{said}".rstrip()
            return _Outcome(failure=f"{task.chapter}: {reason}")
    return _Outcome(**json.loads(answer))


def worker() -> None:
    """The life of a worker process: a task comes in on stdin, the outcome of executing it goes to stdout."""
    order = json.loads(os.fdopen(os.dup(0), "rb", buffering=0).readline())
    terminal = order.pop("terminal")
    task = _Task(**{**order, **{name: Path(order[name]) for name in ("source", "target", "truth")}})
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    # Nothing else, the kernel included, may write between the bytes of the outcome.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # A bar inside a cell would fill the executed notebook, and TensorFlow's start-up lines the page.
    os.environ["COURSEKIT_PROGRESS"] = "off"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    bar = (
        {"desc": task.chapter, "position": 1, "leave": False, "file": os.fdopen(terminal, "w")}
        if terminal
        else False
    )
    with answer:
        json.dump(asdict(_papermill(task, bar)), answer)


def _end_with_stdin() -> None:
    """When the command is interrupted or killed, neither worker nor kernel goes on for hours unseen."""
    import psutil

    os.read(0, 1)
    this = psutil.Process()
    for process in [*this.children(recursive=True), this]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _papermill(task: _Task, bar: dict[str, Any] | bool) -> _Outcome:
    import nbformat
    import papermill

    running = task.target.with_suffix(".running.ipynb")
    running.parent.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            # What a notebook writes beside itself must not be released to students.
            folder = shutil.copytree(task.source.parent, Path(scratch, task.chapter))
            reads, said = Path(scratch, "reads"), Path(scratch, "said")
            reads.touch()
            os.environ[READS] = str(reads)
            # The notebook runs in a copy of its folder, from where the course's record cannot be found.
            os.environ.setdefault(claims.WHERE, str(task.source.parents[2] / "results"))
            nb = papermill.execute_notebook(
                _with_truth(task, folder, said),
                running,
                parameters={"PROFILE": task.profile},
                progress_bar=bar,
                cwd=folder,
                start_timeout=120,
                # The default of 4 s fails on a machine that is busy training.
                iopub_timeout=60,
                # Kernels warn on the terminal that TCP on this machine is not encrypted.
                extra_arguments=["--log-level=50"],
            )
            noted = reads.read_text(encoding="utf-8").splitlines()
            read = {path: digest for digest, _, path in (line.partition(" ") for line in reversed(noted))}
            found = json.loads(said.read_text(encoding="utf-8")) if said.exists() else {}
        if nb.metadata.papermill.exception:  # papermill lets sys.exit(0) pass, and the cells after it undone
            raise CourseError("the notebook ended before its last cell")
    except Exception as error:
        place, reason = "", f"{type(error).__name__}: {error}"
        if running.is_file():
            place, reason = _fault(nbformat.read(running, as_version=4), task, error)
            running.unlink()
            reason += f"\n  the failed notebook is kept in {task.failed}"
        return _Outcome(failure=f"{task.chapter}{place}: {reason}")
    seconds = time.perf_counter() - started
    nb.cells = [cell for cell in nb.cells if _TRUTH not in cell.metadata.get("tags", [])]
    nb.metadata.setdefault("coursekit", {}).update(profile=task.profile, data=list(task.data.values()))
    write_atomically(task.target, nbformat.writes(nb))
    running.unlink()
    task.failed.unlink(missing_ok=True)
    return _Outcome(seconds=seconds, peak_memory_mb=_peak_memory_mb(), read=read, truth=found)


def _with_truth(task: _Task, folder: Path, answer: Path) -> Path:
    """The notebook in its folder, with a cell before it that shifts seeds, and one after it that checks its text."""
    import nbformat

    nb = notebooks.read(task.source)
    place = folder / task.source.name
    cells = []
    if task.seeds:
        cells.append((0, f"shift_seeds({task.seeds * truth.SEEDS_APART})"))
    if task.truth.is_file():
        cells.append((len(nb.cells) + len(cells), f"check({str(task.truth)!r}, globals(), {str(answer)!r})"))
    for at, call in cells:
        code = f"__import__('coursekit.staff.truth').staff.truth.{call}"
        nb.cells.insert(at, nbformat.v4.new_code_cell(code, metadata={"tags": [_TRUTH]}))
    place.write_text(nbformat.writes(nb), encoding="utf-8")
    return place


def _peak_memory_mb() -> float:
    """Of the largest process that this one started and has seen end: the kernel."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 1e6


def _fault(nb: "NotebookNode", task: _Task, error: Exception) -> tuple[str, str]:
    """Keep the failed notebook; where (", cell 14, line 3") and why it failed."""
    import nbformat

    # Without what papermill adds, cells count as in the source notebook.
    added = {"injected-parameters", "papermill-error-cell-tag", _TRUTH}
    nb.cells = [cell for cell in nb.cells if not added & set(cell.metadata.get("tags", []))]
    write_atomically(task.failed, nbformat.writes(nb))
    for number, cell in enumerate(nb.cells, start=1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                line, reason = _error_line(cell, output)
                return f", cell {number}{f', line {line}' if line else ''}", reason
        if cell.metadata.get("papermill", {}).get("exception"):  # exception groups come as plain text
            said = "".join(output.text for output in cell.outputs if output.get("name") == "stderr")
            return f", cell {number}", f"failed\n{said}".rstrip()
    begun = [
        n for n, cell in enumerate(nb.cells, start=1) if cell.metadata.get("papermill", {}).get("start_time")
    ]
    place = f", cell {begun[-1]}" if begun else ""
    if type(error).__name__ == "DeadKernelError":
        return place, (
            f"the kernel died; it had used {_peak_memory_mb():.0f} MB (the system kills a process when "
            "memory runs out; os._exit and crashes in compiled code look the same)"
        )
    return place, f"{type(error).__name__}: {error}"


def _error_line(cell: "NotebookNode", output: "NotebookNode") -> tuple[int | None, str]:
    """The line of this cell (the innermost one in the traceback) at which the error came up, and its text."""
    trace = _ANSI.sub("", "\n".join(output.traceback))
    lines = [int(n) for n in re.findall(rf"Cell In\[{cell.execution_count}\], line (\d+)", trace)]
    # A syntax error names IPython's temporary file, which helps nobody.
    value = re.sub(r" \(\d+\.py, line \d+\)$", "", _ANSI.sub("", output.evalue))
    return (lines[-1] if lines else None), f"{output.ename}: {value}".rstrip(": ")
