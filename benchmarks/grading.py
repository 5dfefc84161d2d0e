"""Grading speed, as a ratio to nbgrader's on the same notebooks and submissions in the same run.

Run it with `make bench`, on a machine that does nothing else; exit status 1 if a bar is missed. The slope between a
small and a large class gives the time of one submission without start-up; the large class gives what an instructor
waits for.
"""

import argparse
import copy
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import psutil
from nbformat.v4 import new_code_cell, new_notebook, new_output

from coursekit import notebooks
from coursekit.staff import execute, release, sample_submissions
from coursekit.staff.answers import read_answers

ROOT = Path(__file__).parents[1]
BARS = {"mnist-mlp": 12, "plain": 4}
MB_PER_WORKER = 600


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nbgrader", type=int, default=4, help="submissions that nbgrader grades")
    parser.add_argument("--ours", type=int, default=40, help="submissions that this grader grades")
    parser.add_argument(
        "--class-size",
        type=int,
        default=0,
        help="also grade a class of this size (300, say), with faulty files",
    )
    args = parser.parse_args()
    met = []
    with tempfile.TemporaryDirectory() as folder:
        for name, make in (("plain", make_plain), ("mnist-mlp", make_chapter)):
            course = Path(folder) / name
            make(course)
            per_theirs, fast_enough = compare(course, name, args.nbgrader, args.ours)
            met.append(fast_enough)
        met.append(memory(course, "mnist-mlp"))
        if args.class_size:
            met.append(whole_class(course, "mnist-mlp", args.class_size, per_theirs))
    return 0 if all(met) else 1


def compare(course: Path, name: str, theirs: int, ours: int) -> tuple[float, bool]:
    """Print seconds a submission for both, and their ratio, on submissions that are right and wrong by turns.

    Returns nbgrader's seconds, and whether the bar is met.
    """
    small = 2
    hand_in(course, name, theirs)
    slow = [autograde(course, name, count) for count in (1, theirs)]
    per_theirs = (slow[1] - slow[0]) / (theirs - 1)
    hand_in(course, name, ours)
    time_of(course, name, 1)  # proves the tests, once
    quick = [time_of(course, name, count) for count in (small, ours)]
    per_ours = (quick[1] - quick[0]) / (ours - small)
    ratio = per_theirs / per_ours
    print(f"{name}:")
    print(
        f"  nbgrader   {per_theirs:6.2f} s a submission ({60 / per_theirs:5.1f} a minute), {theirs} in {slow[1]:.1f} s"
    )
    print(
        f"  coursekit  {per_ours:6.2f} s a submission ({60 / per_ours:5.1f} a minute), {ours} in {quick[1]:.1f} s"
    )
    print(f"  ratio      {ratio:6.1f} (at least {BARS[name]}): {'ok' if ratio >= BARS[name] else 'TOO SLOW'}")
    return per_theirs, ratio >= BARS[name]


def autograde(course: Path, name: str, count: int) -> float:
    """Seconds of one `nbgrader autograde` of the whole class, here the first `count` students."""
    aside = course / "aside"
    for folder in sorted((course / "submitted").iterdir())[count:]:
        aside.mkdir(exist_ok=True)
        shutil.move(folder, aside / folder.name)
    variables = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COURSEKIT_PROFILE": "smoke",
    }
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", name, "--force"],
        cwd=course,
        env={**os.environ, **variables},
        check=True,
        capture_output=True,
    )
    seconds = time.perf_counter() - started
    for folder in aside.iterdir() if aside.exists() else ():
        shutil.move(folder, course / "submitted" / folder.name)
    return seconds


def time_of(course: Path, name: str, count: int, jobs: int | None = None) -> float:
    """Seconds of one `coursekit grade` of the first `count` students."""
    students = sorted(folder.name for folder in (course / "submitted").iterdir())[:count]
    chosen = [word for student in students for word in ("--student", student)]
    return _seconds("grade", name, course, "--force", *chosen, *(["--jobs", str(jobs)] if jobs else []))


def _seconds(verb: str, name: str, course: Path, *options: str, statuses: tuple[int, ...] = (0,)) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-m", "coursekit.cli", verb, name, "--course", str(course), *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in statuses:
        raise RuntimeError(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return time.perf_counter() - started


def memory(course: Path, name: str) -> bool:
    """Print the proportional memory that a second worker adds."""
    peaks = []
    for jobs in (1, 2):
        peak, stop = [0.0], threading.Event()

        def watch(peak=peak, stop=stop):
            while not stop.wait(0.2):
                peak[0] = max(peak[0], _proportional_mb())

        watcher = threading.Thread(target=watch)
        watcher.start()
        time_of(course, name, 6, jobs=jobs)
        stop.set()
        watcher.join()
        peaks.append(peak[0])
    more = peaks[1] - peaks[0]
    verdict = "ok" if more < MB_PER_WORKER else "TOO MUCH"
    print(
        f"memory: {peaks[0]:.0f} MB with one worker, {more:.0f} MB more with two (under {MB_PER_WORKER}): {verdict}"
    )
    return more < MB_PER_WORKER


def _proportional_mb() -> float:
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total / 1e6


def whole_class(course: Path, name: str, size: int, per_theirs: float) -> bool:
    """Grade a class of `size` in one call, with two wrong files, one of 60 MB and a damaged one; then its feedback."""
    hand_in(course, name, size)
    wrong = (course.parent / "plain" / "samples" / "0" / "plain.ipynb").read_text()
    right = notebooks.read(course / "samples" / "0" / f"{name}.ipynb")
    large = copy.deepcopy(right)
    large.cells.append(new_code_cell("1", outputs=[new_output("stream", text="x" * 60_000_000)]))
    damaged = nbformat.writes(right)[:-1000]
    for number, content in enumerate((wrong, wrong, nbformat.writes(large), damaged)):
        (course / "submitted" / f"student-{number:03}" / name / f"{name}.ipynb").write_text(content)
    seconds = _seconds("grade", name, course, "--force", statuses=(0, 1))
    back = _seconds("feedback", name, course, statuses=(0, 1))
    ratio = per_theirs * size / seconds
    fast_enough = ratio >= BARS[name] and back <= seconds
    print(
        f"a class of {size} on {name}, four files of them faulty: {seconds:.0f} s, {60 * size / seconds:.0f} a minute, "
        f"start-up included: {ratio:.1f} times nbgrader's rate (at least {BARS[name]}); feedback {back:.0f} s "
        f"(at most {seconds:.0f}): {'ok' if fast_enough else 'TOO SLOW'}"
    )
    return fast_enough


def hand_in(course: Path, name: str, count: int) -> None:
    """Submissions of `count` students: the right and the wrong sample, by turns."""
    shutil.rmtree(course / "submitted", ignore_errors=True)
    for number in range(count):
        shutil.copytree(
            course / "samples" / str(number % 2), course / "submitted" / f"student-{number:03}" / name
        )


def make_chapter(course: Path) -> None:
    """The chapter without its studies, which nbgrader would execute, and its two samples."""
    course.mkdir()
    for file in ("nbgrader_config.py", "requirements.txt"):
        shutil.copyfile(ROOT / file, course / file)
    nb = notebooks.read(execute.source_path(ROOT, "mnist-mlp"))
    nb.cells = [cell for cell in nb.cells if notebooks.role(cell) != "study"]
    _write(course / "notebooks" / "mnist-mlp" / "mnist-mlp.ipynb", nb)
    released = notebooks.read(release.release(course, ["mnist-mlp"])[0])
    answers = read_answers(ROOT / "answers" / "mnist-mlp.py")
    for number, right in enumerate((True, False)):
        chosen = {a.question: a.code for a in reversed(answers) if a.right == right}
        _write(
            course / "samples" / str(number) / "mnist-mlp.ipynb",
            sample_submissions.submission(released, chosen),
        )


def make_plain(course: Path) -> None:
    """A notebook with numpy, without TensorFlow."""
    course.mkdir()
    (course / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "plain"\n')
    nb = new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    nb.cells.append(_cell("import numpy as np", "setup", locked=True))
    for number in range(4):
        body = f"    ### BEGIN SOLUTION\n    return {number} * np.asarray(values)\n    ### END SOLUTION"
        answer = f"def scaled_{number}(values):\n{body}"
        test = f"values = np.arange(5.0)\nassert np.allclose(scaled_{number}(values), {number} * values)"
        nb.cells.append(_cell(answer, f"scaled-{number}", solution=True))
        nb.cells.append(_cell(test, f"scaled-{number}-test-1", grade=True, locked=True, points=2))
    _write(course / "source" / "plain" / "plain.ipynb", nb)
    wrong = copy.deepcopy(nb)
    for cell in wrong.cells:
        cell.source = cell.source.replace("* np.asarray", "+ np.asarray")
    for number, handed_in in enumerate((nb, wrong)):
        _write(course / "samples" / str(number) / "plain.ipynb", handed_in)
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", "plain"],
        cwd=course,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        check=True,
        capture_output=True,
    )


def _cell(source: str, name: str, *, grade=False, solution=False, locked=False, points=None):
    marks = {"grade_id": name, "grade": grade, "solution": solution, "locked": locked, "schema_version": 3}
    marks |= {"task": False} | ({"points": points} if points else {})
    return new_code_cell(source, metadata={"nbgrader": marks})


def _write(path: Path, nb) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, path)


if __name__ == "__main__":
    sys.exit(main())
