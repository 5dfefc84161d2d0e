"""What this machine can do for the course, as one table, with what to do about each gap."""

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import textwrap
import threading
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit.machine import sandbox_refused

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_SECONDS = 10  # for all questions together: nobody waits longer for a doctor
_ENOUGH_MEMORY = 6.5 * 2**30  # a machine of 8 GB shows less: firmware and graphics keep some of it


@dataclass(frozen=True)
class Row:
    """One line of the table.

    `state` is "ok", "gap" when a student lacks something, or "note" for what only instructors need or what
    the course can do without. `advice` is a short sentence, "" when there is nothing to do.
    """

    what: str
    found: str
    state: str
    advice: str = ""


def rows() -> list[Row]:
    """All lines of the table, in the order in which a student needs the things. Takes 10 seconds at most."""
    waits = [(what, _later(what, question)) for what, question in _QUESTIONS.items()]
    end = time.monotonic() + _SECONDS
    late = f"no answer in {_SECONDS} seconds"
    return [
        row
        for what, wait in waits
        for row in wait(end - time.monotonic())
        or [Row(what, late, "note", "Ask again when less is going on.")]
    ]


def main() -> int:
    """Print the table; 1 when something that a student needs is missing, else 0."""
    table = rows()
    what = max(len(row.what) for row in table)
    room = min(shutil.get_terminal_size((120, 24)).columns, 140) - what - 11
    found = max(room * 2 // 5, 24)
    advice = max(room - found, 24)
    for row in [Row("", "found", "", "what to do"), *table]:
        left = textwrap.wrap(row.found, found, break_on_hyphens=False) or [""]
        right = textwrap.wrap(row.advice, advice, break_on_hyphens=False) or [""]
        for line in range(max(len(left), len(right))):
            cells = [
                row.what if line == 0 else "",
                row.state if line == 0 else "",
                left[line] if line < len(left) else "",
                right[line] if line < len(right) else "",
            ]
            widths = (what, 4, found, advice)
            print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
    return 1 if any(row.state == "gap" for row in table) else 0


def _later(what: str, question: Callable[[], list[Row]]) -> Callable[[float], list[Row]]:
    """Ask in a thread; the function returned waits for the answer, [] if it has not come in so many seconds.

    The doctor itself must not fall ill where a package is missing or a file is broken.
    """
    answer: list[Row] = []

    def ask() -> None:
        try:
            answer.extend(question())
        except ImportError as error:
            advice = "Install the course's packages, then ask again."
            answer.append(Row(what, f"cannot be told: {error}", "gap", advice))
        except (OSError, ValueError) as error:
            answer.append(Row(what, f"cannot be told: {error}", "gap", "Mend this, then ask again."))

    def wait(seconds: float) -> list[Row]:
        thread.join(max(seconds, 0))
        return [] if thread.is_alive() else answer

    # A daemon: where a network swallows what it is asked, the answer may be long in coming.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return wait


# Python and packages


def _course_folder() -> Path | None:
    """The folder of the course that we are in: the nearest one whose pyproject.toml is coursekit's."""
    for folder in (Path.cwd(), *Path.cwd().parents):
        project = folder / "pyproject.toml"
        if project.is_file() and _project(folder).get("name") == "coursekit":
            return folder
    return None


def _project(folder: Path) -> dict:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})


def _needs() -> tuple[str, list[str]]:
    """The versions of Python and the packages that the learner's part of coursekit asks for."""
    if folder := _course_folder():
        project = _project(folder)
        return project["requires-python"], project["dependencies"]
    about = importlib.metadata.metadata("coursekit")
    return about["Requires-Python"], importlib.metadata.requires("coursekit") or []


def _python() -> list[Row]:
    from packaging.specifiers import SpecifierSet

    wanted, _ = _needs()
    found = f"{platform.python_version()} ({sys.executable})"
    if SpecifierSet(wanted).contains(platform.python_version(), prereleases=True):
        return [Row("Python", found, "ok")]
    return [Row("Python", found, "gap", f"Make the environment with a Python that is {wanted}.")]


def _packages() -> list[Row]:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    needed = [requirement for requirement in map(Requirement, _needs()[1]) if _applies(requirement)]
    lock = _locked()
    if lock is None:
        return [_of_students(needed, needed, "as coursekit needs")]
    names = _with_dependencies(needed)
    students = [requirement for requirement in lock if canonicalize_name(requirement.name) in names]
    staff = [requirement for requirement in lock if canonicalize_name(requirement.name) not in names]
    return [_of_students(students, needed, "as locked"), *_of_instructors(staff)]


def _locked() -> "list[Requirement] | None":
    """The versions in the course's requirements.txt that are for this machine; None without one."""
    from packaging.requirements import Requirement

    folder = _course_folder()
    if not folder or not (folder / "requirements.txt").is_file():
        return None
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    lock = [Requirement(line) for line in (line.split("#")[0].strip() for line in lines) if line]
    return [requirement for requirement in lock if _applies(requirement)]


def _of_students(wanted: "list[Requirement]", needed: "list[Requirement]", how: str) -> Row:
    install = "In the course's folder: pip install --constraint requirements.txt ."
    missing, other = _compared(wanted)
    _, unfit = _compared(needed)
    if missing or unfit:
        parts = [_several(missing, "missing"), _several(unfit, "of a version that does not fit")]
        return Row("packages", "; ".join(filter(None, parts)), "gap", install)
    if other:
        advice = f"Figures may differ a little from the course's. {install}"
        return Row("packages", _several(other, "of another version than locked"), "note", advice)
    return Row("packages", f"{len(wanted)}, {how}", "ok")


def _of_instructors(wanted: "list[Requirement]") -> list[Row]:
    missing, other = _compared(wanted)
    if missing or other:
        parts = [_several(missing, "missing"), _several(other, "of another version than locked")]
        advice = "Only instructors need these: make install, in the course's folder."
        return [Row("  for instructors", "; ".join(filter(None, parts)), "note", advice)]
    return [Row("  for instructors", f"{len(wanted)}, as locked", "ok")] if wanted else []


def _several(names: list[str], how: str) -> str:
    """As in "keras, numpy, pandas, 5 more missing"; "" without any names."""
    if not names:
        return ""
    shown = names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"]
    return f"{', '.join(shown)} {how}"


def _applies(requirement: "Requirement", extras: frozenset[str] = frozenset()) -> bool:
    """Whether the requirement holds on this machine, for one of the extras or, without any, by itself."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, ""))


def _compared(requirements: list["Requirement"]) -> tuple[list[str], list[str]]:
    """What is not installed at all, and what is installed in a version that is not asked for."""
    missing, other = [], []
    for requirement in requirements:
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(requirement.name)
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            other.append(f"{requirement.name} {version} ({requirement.specifier})")
    return missing, other


def _with_dependencies(requirements: list["Requirement"]) -> set[str]:
    """The names of these packages and of all that they need in turn, as far as they are installed."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    waiting, seen = list(requirements), set()
    while waiting:
        requirement = waiting.pop()
        key = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if key in seen:
            continue
        seen.add(key)
        try:
            further = importlib.metadata.requires(requirement.name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        waiting += [part for part in map(Requirement, further) if _applies(part, key[1])]
    return {name for name, _ in seen}


# Data


def _data_set(name: str) -> list[Row]:
    from coursekit import data

    what = f"data: {name}"
    source, path = data.locate(name)
    if path:
        return [Row(what, f"{source}: {path}", "ok")]
    if reason := data.unreachable(name, timeout=_SECONDS / 2):
        advice = "Connect to the network, or set COURSEKIT_DATA_DIR; until then a small sample stands in."
        return [Row(what, f"not here, and {reason}", "note", advice)]
    return [Row(what, "not here; it is downloaded when it is first loaded", "ok")]


# The machine


def _memory() -> list[Row]:
    import psutil

    total = psutil.virtual_memory().total
    found = f"{total / 2**30:.1f} GB"
    if total >= _ENOUGH_MEMORY:
        return [Row("memory", found, "ok")]
    return [
        Row("memory", found, "gap", "The course is made for 8 GB: close other programs, load smaller data.")
    ]


def _accelerator() -> list[Row]:
    """TensorFlow is asked only where there may be something to see: it takes seconds to load."""
    without = "The course needs none; it computes on the CPU."
    nvidia = shutil.which("nvidia-smi")
    if not nvidia and platform.system() != "Darwin":
        return [Row("accelerator", "none that TensorFlow could use", "ok", without)]
    card = ""
    if nvidia:
        try:
            names = _output([nvidia, "--query-gpu=name", "--format=csv,noheader"], _SECONDS / 5)
        except (OSError, subprocess.SubprocessError):
            return [Row("accelerator", "cannot be told: nvidia-smi fails", "note", without)]
        card = ", ".join(name.strip() for name in names.splitlines())
    program = "import tensorflow as tf; print(len(tf.config.list_physical_devices('GPU')))"
    try:
        devices = int(_output([sys.executable, "-c", program], _SECONDS * 0.7).split()[-1])
    except subprocess.TimeoutExpired:
        found = f"{card or 'cannot be told'}: TensorFlow has not said in time what it sees"
        return [Row("accelerator", found, "note", without)]
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return [Row("accelerator", f"{card or 'cannot be told'}: TensorFlow does not load", "note", without)]
    if devices:
        return [Row("accelerator", f"{card or 'GPU'}; TensorFlow uses {devices}", "ok")]
    if card:
        return [Row("accelerator", f"{card}, but TensorFlow does not see it", "note", without)]
    return [Row("accelerator", "none that TensorFlow could use", "ok", without)]


def _output(command: list[str], seconds: float) -> str:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=seconds,
        check=True,
        text=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    ).stdout


def _browser() -> list[Row]:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    places = [
        *(Path(found) for found in map(shutil.which, names) if found),
        Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
        *(
            Path(os.environ[folder], "Google", "Chrome", "Application", "chrome.exe")
            for folder in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
            if folder in os.environ
        ),
    ]
    for place in places:
        if place.exists():
            return [Row("browser", str(place), "ok")]
    advice = "Only instructors need it, to test the site: install Chromium or Google Chrome."
    return [Row("browser", "no Chromium or Chrome", "note", advice)]


def _sandbox() -> list[Row]:
    who = "Only instructors need it, to run students' code"
    bwrap = shutil.which("bwrap")
    if not bwrap:
        if platform.system() != "Linux":
            return [Row("sandbox", "none on this system", "note", f"{who}: grade on Linux.")]
        return [Row("sandbox", "bwrap is not installed", "note", f"{who}: install the package bubblewrap.")]
    if sandbox_refused(bwrap, _SECONDS / 2):
        advice = f"{who}: allow user namespaces on this machine."
        return [Row("sandbox", f"{bwrap} is here but does not work", "note", advice)]
    return [Row("sandbox", f"{bwrap}, and it works", "ok")]


_QUESTIONS: dict[str, Callable[[], list[Row]]] = {
    "Python": _python,
    "packages": _packages,
    "memory": _memory,
    **{f"data: {name}": partial(_data_set, name) for name in ("mnist", "fashion_mnist", "cifar10")},
    "accelerator": _accelerator,
    "browser": _browser,
    "sandbox": _sandbox,
}
