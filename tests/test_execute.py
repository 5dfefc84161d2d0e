"""Executing chapters: what is kept, when it is executed again, and how failures are reported."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from conftest import ROOT, make_small_course
from fixtures import cells

from coursekit.notebooks import CourseError
from coursekit.record import reproduce
from coursekit.staff import execute, steps

COMMAND = [sys.executable, "-m", "coursekit.cli"]


@pytest.fixture(scope="session")
def executed(tmp_path_factory):
    """The small course after `run` at smoke, with its result. Not to be changed: copy it."""
    course = make_small_course(tmp_path_factory.mktemp("executed") / "course")
    return course, execute.run(course, profile="smoke")


@pytest.fixture
def copy_of_executed(executed, tmp_path):
    return shutil.copytree(executed[0], tmp_path / "course")


@pytest.fixture(scope="session")
def faulty(tmp_path_factory):
    """A course with one chapter for each fault and a good one, and the message of its failed run."""
    course = make_small_course(tmp_path_factory.mktemp("faulty") / "course")
    study = cells.study
    chapters = {
        "raises_name_error": [study("x = 1\n\ny = x + undefined\nz = 2")],
        "raises_syntax_error": [study("x = 1\nif x:\n    y = = 2")],
        "raises_in_a_library": [study("import json\n\ndata = json.loads(\n    '{'\n)")],
        "raises_in_an_earlier_cell": [
            study("def invert(x):\n    # a comment\n    return 1 / x"),
            cells.prose("Then:"),
            study("a = 3\ninvert(0)", "study-two"),
        ],
        "kills_its_kernel": [
            study("x = 1"),
            study("import os\nos._exit(9)", "study-two"),
            study("y = 1", "study-three"),
        ],
        "exits_early": [study("import sys\nsys.exit(0)"), study("y = 1", "study-two")],
    }
    for name, content in chapters.items():
        cells.write(course, name, cells.chapter(*content))
    with pytest.raises(CourseError) as failure:
        execute.run(course, profile="smoke", jobs=2)
    return course, str(failure.value)


@pytest.fixture
def no_kernels(monkeypatch):
    """Stands in for the worker processes; returns the list of chapters that were executed."""
    executed = []

    def stand_in(task, cell_bar, workers):
        executed.append(task.chapter)
        execute.write_atomically(task.target, "{}")
        return execute._Outcome(seconds=1.25, peak_memory_mb=100.0)

    monkeypatch.setattr(execute, "_in_worker", stand_in)
    return executed


def test_an_executed_chapter_keeps_its_outputs_its_time_and_its_memory(executed):
    course, [result] = executed
    nb = nbformat.read(result.path, as_version=4)
    printed = [output.text for cell in nb.cells for output in cell.get("outputs", [])]
    assert printed == ["squares [0, 1, 4, 9]\n"]
    facts = json.loads(result.path.with_suffix(".json").read_text())
    assert result.path == course / "_build" / "executed" / "smoke" / "tiny.ipynb"
    assert (facts["seconds"], facts["peak_memory_mb"]) == (result.seconds, result.peak_memory_mb)
    assert 0.1 < result.seconds < 60 and 30 < result.peak_memory_mb < 500
    assert not result.cached
    assert not list(result.path.parent.glob("*running*"))


def test_the_timing_table_is_written_beside_the_results(executed):
    course, [result] = executed
    row = (course / "_build" / "timing.md").read_text().splitlines()[2]
    assert [field.strip() for field in row.strip("|").split("|")][:3] == [
        "tiny",
        "smoke",
        f"{result.seconds:.1f}",
    ]


def test_nothing_changed_nothing_is_executed_and_no_heavy_library_is_imported(executed):
    course, _ = executed
    script = (
        "import sys, pathlib; from coursekit.staff import execute\n"
        f"[result] = execute.run(pathlib.Path({str(course)!r}), profile='smoke')\n"
        "assert result.cached\n"
        "print({'papermill', 'nbclient', 'tensorflow', 'keras', 'nbgrader'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.fixture
def package(monkeypatch, tmp_path):
    """A package in which claims imports files, and doctor nothing; the chapter's setup imports claims."""
    folder = tmp_path / "coursekit"
    folder.mkdir()
    for name, text in (
        ("__init__.py", ""),
        ("record/__init__.py", ""),
        ("record/claims.py", "def f():\n    from coursekit.files import g"),
        ("record/claims.toml", ""),
        ("files.py", ""),
        ("doctor.py", ""),
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.setattr(steps, "PACKAGE", folder)
    steps._imports.cache_clear()
    yield folder
    steps._imports.cache_clear()


SHOWS = 'from coursekit.record import claims\nclaims.recorded("B2")'


@pytest.mark.parametrize(
    "changed", ["__init__.py", "record/__init__.py", "record/claims.py", "record/claims.toml", "files.py"]
)
def test_a_chapter_is_executed_again_when_a_module_changes_that_it_imports_at_whatever_remove(
    small_course, no_kernels, package, changed
):
    cells.write(small_course, "tiny", cells.chapter(cells.study(SHOWS)))
    execute.run(small_course)
    (package / changed).write_text("x = 1")
    execute.run(small_course)
    assert no_kernels == ["tiny", "tiny"]


def test_a_module_that_it_does_not_import_executes_nothing_again(small_course, no_kernels, package):
    cells.write(small_course, "tiny", cells.chapter(cells.study(SHOWS)))
    execute.run(small_course)
    (package / "doctor.py").write_text("x = 1")
    execute.run(small_course)
    assert no_kernels == ["tiny"]


@pytest.mark.slow
def test_a_new_recorded_run_executes_only_the_chapters_that_show_it(small_course):
    results = small_course / "results"
    results.mkdir(exist_ok=True)
    cells.write(small_course, "tiny", cells.chapter(cells.study(SHOWS)))
    cells.write(small_course, "other", cells.chapter(cells.study("from coursekit.record import claims")))

    def executed():
        return [result.chapter for result in execute.run(small_course, profile="smoke") if not result.cached]

    assert sorted(executed()) == ["other", "tiny"]
    assert executed() == []
    shutil.copyfile(ROOT / "results" / "H1.json", results / "H1.json")
    assert executed() == []
    reproduce.keep(reproduce.Task("B2", 0), {"seed": 0}, results)
    assert executed() == ["tiny"]
    reproduce.keep(reproduce.Task("B2", 1), {"seed": 1}, results)
    assert executed() == ["tiny"]


@pytest.mark.parametrize("change", ["notebook", "helper file", "lock file", "profile", "data", "result"])
def test_a_chapter_is_executed_again_when_what_it_depends_on_changes(
    small_course, no_kernels, monkeypatch, change
):
    used = {"digits": {"dataset": "digits", "digest": "one", "banner": ""}}
    monkeypatch.setattr(execute, "load_data", lambda names: dict(used))
    notebook = cells.write(small_course, "tiny", cells.chapter(datasets=["digits"]))
    execute.run(small_course)
    execute.run(small_course)
    assert no_kernels == ["tiny"]
    profile = "quick"
    if change == "notebook":
        cells.write(small_course, "tiny", cells.chapter(cells.prose("more"), datasets=["digits"]))
    elif change == "helper file":
        (notebook.parent / "helper.py").write_text("x = 1")
    elif change == "lock file":
        (small_course / "requirements.txt").write_text("numpy==1.0")
    elif change == "profile":
        profile = "smoke"
    elif change == "data":
        used["digits"] = {**used["digits"], "digest": "two"}
    elif change == "result":
        (small_course / "_build" / "executed" / "quick" / "tiny.ipynb").write_text("half")
    execute.run(small_course, profile=profile)
    assert no_kernels == ["tiny", "tiny"]


def test_what_a_chapter_imports_is_followed_through_the_package_with_its_data_and_without_the_staff_s_half():
    found = {
        path.relative_to(steps.PACKAGE).as_posix()
        for path in steps.imported(["from coursekit.record import claims", "%matplotlib inline"])
    }
    assert found == {
        "__init__.py",
        "files.py",
        "record/__init__.py",
        "record/agreement.py",
        "record/claims.py",
        "record/claims.toml",
    }  # Runs is named there for types alone
    assert not any("staff" in path.parts[-2:] for path in steps.imported(["import coursekit"]))
    assert steps.imported(["import numpy"]) == ()


def test_a_notebook_that_trains_on_a_frozen_order_is_not_executed(small_course, no_kernels):
    seeded = cells.study("keras.utils.set_random_seed(1)\nmodel.fit(x, y, epochs=3)")
    cells.write(small_course, "tiny", cells.chapter(seeded))
    with pytest.raises(CourseError, match=r"not executed.*\n  tiny, cell 4, line 2: fit\(x, y\) after"):
        execute.run(small_course)
    assert no_kernels == []


def test_what_is_edited_while_a_notebook_runs_was_not_in_it(small_course, monkeypatch):
    def edited_meanwhile(task, cell_bar, workers):
        execute.write_atomically(task.target, "{}")
        cells.write(small_course, "tiny", cells.chapter(cells.prose("a later sentence")))
        return execute._Outcome(seconds=1.0, peak_memory_mb=1.0)

    monkeypatch.setattr(execute, "_in_worker", edited_meanwhile)
    execute.run(small_course, profile="smoke")
    assert execute.executed(small_course, "tiny", "smoke") is None


def test_force_executes_what_has_not_changed(small_course, no_kernels):
    execute.run(small_course)
    [result] = execute.run(small_course, force=True)
    assert no_kernels == ["tiny", "tiny"]
    assert not result.cached


def test_where_nobody_watches_two_lines_say_what_happens(small_course, no_kernels, capfd):
    execute.run(small_course, profile="smoke")
    said = capfd.readouterr()
    assert said.out == "executing tiny\ntiny: executed in 1 s (profile smoke)\n"
    assert said.err == ""
    execute.run(small_course, profile="smoke")
    assert capfd.readouterr().out == ""


def test_only_the_chapters_asked_for_are_executed(small_course, no_kernels):
    cells.write(small_course, "other", cells.chapter())
    results = execute.run(small_course, ["other"])
    assert no_kernels == ["other"]
    assert [result.chapter for result in results] == ["other"]


def test_the_data_used_stand_in_the_facts_and_in_the_executed_notebook(small_course, monkeypatch):
    used = {"digits": {"dataset": "digits", "digest": "one", "banner": "SAMPLE DATA: not real"}}
    monkeypatch.setattr(execute, "load_data", lambda names: {name: used[name] for name in names})
    cells.write(small_course, "tiny", cells.chapter(cells.study("print(PROFILE)"), datasets=["digits"]))
    [result] = execute.run(small_course, profile="full")
    about = nbformat.read(result.path, as_version=4).metadata.coursekit
    assert about.data == [used["digits"]]
    assert about.profile == "full"
    assert json.loads(result.path.with_suffix(".json").read_text())["data"] == [used["digits"]]


def test_a_kernel_knows_its_profile_and_shows_no_progress_bars(small_course, monkeypatch):
    monkeypatch.setenv("COURSEKIT_PROFILE", "smoke")
    monkeypatch.setenv("COURSEKIT_PROGRESS", "on")
    block = "print(PROFILE, os.environ['COURSEKIT_PROGRESS'])\nblock = bytearray(300_000_000)"
    cells.write(small_course, "tiny", cells.chapter(cells.study(block)))
    [result] = execute.run(small_course, profile="quick")
    printed = [output.text for c in nbformat.read(result.path, 4).cells for output in c.get("outputs", [])]
    assert printed == ["quick off\n"]
    # The same run shows that memory is measured: the block, and what a bare kernel needs.
    assert 300 < result.peak_memory_mb < 800


@pytest.mark.parametrize(
    "expected",
    [
        "raises_name_error, cell 4, line 3: NameError: name 'undefined' is not defined",
        "raises_syntax_error, cell 4, line 3: SyntaxError: invalid syntax",
        "raises_in_a_library, cell 4, line 3: JSONDecodeError: Expecting property name",
        "raises_in_an_earlier_cell, cell 6, line 2: ZeroDivisionError: division by zero",
        "kills_its_kernel, cell 5: the kernel died; it had used ",
        "exits_early, cell 4: SystemExit: 0",
    ],
    ids=lambda expected: expected.partition(",")[0].partition(":")[0],
)
def test_a_failure_names_notebook_cell_and_line(faulty, expected):
    _, message = faulty
    assert expected in message


def test_a_notebook_finds_the_files_beside_it_and_leaves_none_there(small_course):
    notebook = cells.write(
        small_course,
        "tiny",
        cells.chapter(cells.study("text = open('text.txt').read()\nopen('new.txt', 'w').write(text)")),
    )
    (notebook.parent / "text.txt").write_text("here")
    execute.run(small_course)
    assert {path.name for path in notebook.parent.iterdir()} == {"text.txt", "tiny.ipynb"}
    assert execute.run(small_course)[0].cached


def test_every_failure_is_reported_and_the_other_chapters_finish(faulty):
    course, message = faulty
    assert message.count("the failed notebook is kept in") == 6
    assert (course / "_build" / "executed" / "smoke" / "tiny.ipynb").is_file()


def test_a_failed_notebook_is_kept_with_its_cells_numbered_as_in_the_source(faulty):
    course, message = faulty
    folder = course / "_build" / "executed" / "smoke"
    kept = folder / "raises_name_error.failed.ipynb"
    assert str(kept) in message
    nb = nbformat.read(kept, as_version=4)
    assert nb.cells[3].outputs[0].ename == "NameError"
    assert len(nb.cells) == 4
    assert not (folder / "raises_name_error.ipynb").exists()


def test_a_mended_chapter_drops_its_failed_notebook(small_course, monkeypatch):
    monkeypatch.chdir(small_course)
    here = Path(".")
    cells.write(small_course, "tiny", cells.chapter(cells.study("1 / 0")))
    with pytest.raises(CourseError, match="tiny, cell 4, line 1: ZeroDivisionError"):
        execute.run(here)
    cells.write(small_course, "tiny", cells.chapter(cells.study("1 / 1")))
    execute.run(here)
    names = {path.name for path in (small_course / "_build" / "executed" / "quick").iterdir()}
    assert names == {"tiny.ipynb", "tiny.json"}


def test_an_unknown_chapter_or_profile_lists_the_known_ones(small_course):
    with pytest.raises(CourseError, match="no chapter 'tinny'; the course has: tiny"):
        execute.run(small_course, ["tinny"])
    with pytest.raises(CourseError, match="no profile 'fast'; the profiles are: smoke, quick, full"):
        execute.run(small_course, profile="fast")
    with pytest.raises(CourseError, match="jobs must be at least 1, got 0"):
        execute.run(small_course, jobs=0)


def test_a_notebook_that_takes_no_profile_is_refused(small_course, no_kernels):
    cells.write(small_course, "tiny", cells.notebook(cells.setup()))
    with pytest.raises(CourseError, match="tiny: no cell tagged `parameters` that assigns PROFILE"):
        execute.run(small_course)
    cells.write(small_course, "tiny", cells.notebook(cells.parameters("PROFIL = 'quick'")))
    with pytest.raises(CourseError, match="assigns PROFILE"):
        execute.run(small_course)
    assert no_kernels == []


def test_a_folder_whose_notebook_has_another_name_is_refused(small_course):
    (small_course / "notebooks" / "tiny" / "tiny.ipynb").rename(
        small_course / "notebooks" / "tiny" / "other.ipynb"
    )
    with pytest.raises(CourseError, match=r"expected tiny\.ipynb, found other\.ipynb"):
        execute.run(small_course)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_half_way_it_leaves_no_process_and_the_next_run_succeeds(small_course, tmp_path, how):
    pid_file = tmp_path / "kernel"
    wait = (
        f"import pathlib, time\nfile = pathlib.Path({str(pid_file)!r})\n"
        "if not file.exists():\n    file.write_text(str(os.getpid()))\n    time.sleep(120)"
    )
    cells.write(small_course, "tiny", cells.chapter(cells.study(wait)))
    command = [*COMMAND, "run", "--course", str(small_course)]
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stderr=subprocess.PIPE,
        # What a shell starts in the background ignores this signal, and so would everything below it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    _wait_for(lambda: pid_file.exists() and pid_file.read_text())
    kernel = psutil.Process(int(pid_file.read_text()))
    process.send_signal(how)
    assert process.wait(timeout=60) == (-9 if how == signal.SIGKILL else 130)
    _wait_for(lambda: not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE)
    assert not (small_course / "_build" / "executed" / "quick" / "tiny.ipynb").exists()
    [result] = execute.run(small_course)
    assert not result.cached
    assert {path.name for path in result.path.parent.iterdir()} == {"tiny.ipynb", "tiny.json"}


def test_a_table_aligns_its_columns():
    assert execute.aligned([("a", "long"), ("wide", "b")]) == (
        "| a    | long |\n|------|------|\n| wide | b    |"
    )


def _wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
