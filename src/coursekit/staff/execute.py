"""Execute the chapters' notebooks with papermill, each in a process of its own, and keep what they drew.

Results stay in `_build/executed/<profile>/` for as long as nothing that they depend on changes. The small
functions at the top (content keys, stamps, finding chapters) also tell the other steps what they may skip.
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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit import claims, profiles
from coursekit.files import write_atomically
from coursekit.progress import track
from coursekit.staff import notebooks
from coursekit.staff.notebooks import CourseError

if TYPE_CHECKING:
    from nbformat import NotebookNode

PACKAGE = Path(__file__).parents[1]
# Whatever notebooks can import, and what executes them. The rest of coursekit.staff is out of their reach.
LEARNER_FILES = tuple(sorted(p for p in PACKAGE.iterdir() if p.name not in ("staff", "__pycache__")))
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


def content_key(*parts: Path | str) -> str:
    """A hex digest of texts and files; a folder stands for all files in it except hidden ones and caches."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            entries = [("", part.encode())]
        else:
            entries = [(file.relative_to(part.parent).as_posix(), file.read_bytes()) for file in _files(part)]
        for name, content in [*entries, ("end of part", b"")]:
            digest.update(f"{len(content)} {name}\n".encode() + content)
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    inside = [file for file in path.rglob("*") if file.is_file()]
    names = {file: file.relative_to(path).parts for file in inside}
    return sorted(f for f in inside if not any(n.startswith(".") or n == "__pycache__" for n in names[f]))


def write_stamp(path: Path, key: str, **facts: Any) -> None:
    """Record that the step whose stamp is `path` was done for inputs with this content key."""
    write_atomically(path, json.dumps({"key": key, **facts}, indent=1) + "\n")


def read_stamp(path: Path, key: str) -> dict[str, Any] | None:
    """What `write_stamp` recorded for this very key; None when the step has to be done (again)."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return facts if isinstance(facts, dict) and facts.get("key") == key else None


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
) -> list[Result]:
    """Execute the chapters (all of them by default) at a profile, `jobs` at a time, and return their results.

    A chapter whose notebook, data, package, profile and lock file have not changed since it last ran is
    taken from `_build` unless `force`. The default for `jobs` is a notebook for each core, if there are 3 GB
    of free memory for each. Raises CourseError for an unknown chapter or profile, for a notebook that takes
    no PROFILE, and, when the other notebooks are done, for every notebook that failed.
    """
    root = root.resolve()
    names = find_chapters(root, chapters)
    if profile not in profiles.NAMES:
        raise CourseError(f"no profile {profile!r}; the profiles are: {', '.join(profiles.NAMES)}")
    if jobs is not None and jobs < 1:
        raise CourseError(f"jobs must be at least 1, got {jobs}")
    sources = {name: notebooks.read(source_path(root, name)) for name in names}
    for name, nb in sources.items():
        if "PROFILE" not in notebooks.parameters(nb):
            raise CourseError(f"{name}: no cell tagged `parameters` that assigns PROFILE")
    data = load_data(used for nb in sources.values() for used in notebooks.datasets(nb))

    planned = [
        _plan(root, name, profile, {d: data[d] for d in notebooks.datasets(sources[name])}) for name in names
    ]
    results = {task.chapter: kept for task in planned if not force and (kept := _kept(task))}
    due = [task for task in planned if task.chapter not in results]
    failures = []
    for task, outcome in _execute(due, jobs or _default_jobs()):
        if outcome.failure:
            failures.append(outcome.failure)
            continue
        facts = {"seconds": round(outcome.seconds, 2), "peak_memory_mb": round(outcome.peak_memory_mb, 1)}
        write_stamp(
            task.stamp,
            task.key,
            chapter=task.chapter,
            profile=profile,
            **facts,
            data=list(task.data.values()),
            notebook=hashlib.sha256(task.target.read_bytes()).hexdigest(),
        )
        results[task.chapter] = Result(task.chapter, profile, **facts, cached=False, path=task.target)
    recorded = {result.path: result for result in [*_recorded(root), *results.values()]}
    write_atomically(root / "_build" / "timing.md", timing_table(recorded.values()) + "\n")
    if failures:
        raise CourseError("\n".join(failures))
    return [results[name] for name in names]


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
    key: str
    data: dict[str, dict[str, Any]]

    @property
    def stamp(self) -> Path:
        return self.target.with_suffix(".json")

    @property
    def failed(self) -> Path:
        return self.target.with_suffix(".failed.ipynb")


@dataclass(frozen=True)
class _Outcome:
    seconds: float = 0.0
    peak_memory_mb: float = 0.0
    failure: str = ""


def _plan(root: Path, chapter: str, profile: str, data: dict[str, dict[str, Any]]) -> _Task:
    source = source_path(root, chapter)
    key = content_key(
        source.parent,
        *LEARNER_FILES,
        *filter(None, [claims.folder()]),
        Path(__file__),
        root / "requirements.txt",
        profile,
        *(f"{name} {used['digest']}" for name, used in data.items()),
    )
    target = root / "_build" / "executed" / profile / f"{chapter}.ipynb"
    return _Task(chapter=chapter, profile=profile, source=source, target=target, key=key, data=data)


def _kept(task: _Task) -> Result | None:
    facts = read_stamp(task.stamp, task.key)
    if not facts or not task.target.is_file():
        return None
    if hashlib.sha256(task.target.read_bytes()).hexdigest() != facts["notebook"]:
        return None
    return Result(
        task.chapter, task.profile, facts["seconds"], facts["peak_memory_mb"], cached=True, path=task.target
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
    import psutil

    return max(1, min(os.cpu_count() or 1, psutil.virtual_memory().available // 3_000_000_000))


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
    task = _Task(**{**order, "source": Path(order["source"]), "target": Path(order["target"])})
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
            nb = papermill.execute_notebook(
                task.source,
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
    nb.metadata.setdefault("coursekit", {}).update(profile=task.profile, data=list(task.data.values()))
    write_atomically(task.target, nbformat.writes(nb))
    running.unlink()
    task.failed.unlink(missing_ok=True)
    return _Outcome(seconds=seconds, peak_memory_mb=_peak_memory_mb())


def _peak_memory_mb() -> float:
    """Of the largest process that this one started and has seen end: the kernel."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 1e6


def _fault(nb: "NotebookNode", task: _Task, error: Exception) -> tuple[str, str]:
    """Keep the failed notebook; where (", cell 14, line 3") and why it failed."""
    import nbformat

    # Without what papermill adds, cells count as in the source notebook.
    added = {"injected-parameters", "papermill-error-cell-tag"}
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
