"""What a student is told before handing in: each fate of a question, each fault of a file, and how to mend it."""

import copy
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from conftest import make_small_course
from fixtures import cells
from nbformat.v4 import new_code_cell

from coursekit import notebooks
from coursekit.check import check_notebook, damage, judge, run
from coursekit.staff import release, sample_submissions
from coursekit.staff.course import find_course, succeed

# How each question of the busy notebook is tested in public, and answered (None: not at all).
FATES = {
    "good": ("assert good(1) == 1", "def good(x):\n    return x"),
    "wrong": ("assert wrong(1) == 1, 'expected 1'", "def wrong(x):\n    return 5"),
    "bare": ("y = bare(1)\nassert y == 1", "def bare(x):\n    return 5"),
    "blank": ("assert blank(1) == 1", None),
    "stub": ("assert stub(1) == 1", "def stub(x):\n    # later\n    raise NotImplementedError()"),
    "syntax": ("assert syntax(1) == 1", "def syntax(x):\n    return (x"),
    "inner": ("assert inner(1) == 1", "def inner(x):\n    return x / 0"),
    "leaves": ("assert leaves(1) == 1", "def leaves(x):\n    exit()"),
    "leaves-at-once": ("assert True", "exit()"),
    "stops": ("assert stops(1) == 1", "import sys\ndef stops(x):\n    sys.exit(0)"),
    "dies": ("assert dies(1) == 1", "import os\ndef dies(x):\n    os._exit(0)"),
    "loops": ("assert loops(1) == 1", "def loops(x):\n    while True:\n        print(x)"),
    "warns": (
        "assert warns(1) == 1",
        "import warnings\ndef warns(x):\n    warnings.warn('hm')\n    return x",
    ),
    "asks": ("assert asks(1) == 1", "def asks(x):\n    return int(input())"),
    "studied": ("assert studied(1) == 1", "def studied(x):\n    return x * drawn"),
    "partial": ("0.5", "def partial(x):\n    return x"),
    "shown": ("shown(1)", "def shown(x):\n    return 'a text'"),
    "demo": ("assert demo(1) == 1", "def demo(x):\n    return x\nassert demo(1) == 2"),
    "secret": (cells.hidden("", "assert secret(1) == 1"), "def secret(x):\n    return 9"),
    "surroundings": (
        "import pathlib\n"
        "assert pathlib.Path('beside.txt').read_text() == 'here'\n"
        "assert os.environ['COURSEKIT_PROFILE'] == 'smoke'\n"
        "assert os.environ['COURSEKIT_PROGRESS'] == 'off'",
        "surroundings = 1",
    ),
    "replayed": ("assert replayed() == 1", "def replayed():\n    return good(count)"),
}


def released(folder, nb):
    """What `coursekit release` makes of a source notebook."""
    course = make_small_course(folder)
    cells.write(course, "tiny", nb)
    [path] = release.release(course)
    return notebooks.read(path)


def saved(path, nb):
    nbformat.write(nb, path)
    return path


def named(nb, grade_id):
    [cell] = [cell for cell in nb.cells if notebooks.grade_id(cell) == grade_id]
    return cell


def marks(nb, grade_id):
    return named(nb, grade_id).metadata.nbgrader


def twin(nb, grade_id):
    """A copy of a cell, as one pastes it in JupyterLab."""
    cell = copy.deepcopy(named(nb, grade_id))
    cell.id = "pasted"
    return cell


def to_markdown(cell):
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]


def by_name(report):
    return {question.name: question for question in report.questions}


def only(found):
    """The one damage found, as what and mend."""
    [one] = found
    return one.what, one.fix


# The fates of a question


@pytest.fixture(scope="module")
def busy_notebook(tmp_path_factory):
    """A submission with every fate of a question, and a stray cell of the student's own."""
    folder = tmp_path_factory.mktemp("busy")
    source = cells.notebook(
        cells.prose("# Busy"),
        cells.parameters(),
        cells.setup("import os\ncount = 0"),
        cells.study("drawn = 3"),
    )
    for question, (test, _) in FATES.items():
        stub = f"def {question.replace('-', '_')}(x):\n"
        source.cells += [
            cells.answer(question, "    return x", before=stub),
            cells.test(f"{question}-test-1", test, points=2),
        ]
    source.cells += [cells.test("loops-test-2", "assert loops(2) == 2"), cells.manual("why", cells.RUBRIC)]
    answers = {question: answer for question, (_, answer) in FATES.items() if answer}
    nb = sample_submissions.submission(released(folder / "course", source), answers)
    nb.cells.insert(4, new_code_cell("count += 1\nscratch"))
    (folder / "beside.txt").write_text("here")
    return saved(folder / "busy.ipynb", nb)


@pytest.fixture(scope="module")
def busy(busy_notebook):
    """The report on the busy notebook. Each fate that ends a kernel costs a new one: not to be made again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COURSEKIT_PROGRESS", raising=False)
        patch.setenv("COURSEKIT_PROFILE", "full")
        before = busy_notebook.read_bytes(), busy_notebook.stat().st_mtime_ns
        report = check_notebook(busy_notebook, timeout=1.5)
        assert (busy_notebook.read_bytes(), busy_notebook.stat().st_mtime_ns) == before
    return report


def fate(report, question):
    found = by_name(report)[question]
    return found.verdict, found.why.splitlines()


def test_a_right_answer_passes(busy):
    assert fate(busy, "good") == ("passes", [])


def test_a_wrong_answer_fails_with_the_message_and_the_place(busy):
    assert fate(busy, "wrong") == (
        "fails",
        ["expected 1", "in cell 9, line 1: assert wrong(1) == 1, 'expected 1'"],
    )
    assert by_name(busy)["wrong"].cell == 8


def test_an_assertion_without_a_message_is_quoted(busy):
    assert fate(busy, "bare") == (
        "fails",
        ["this assertion does not hold", "in cell 11, line 2: assert y == 1"],
    )


def test_an_untouched_answer_cell_is_not_attempted_and_its_first_line_helps_to_find_it(busy):
    assert fate(busy, "blank") == ("not attempted", ["cell 12 is still as it was released", "def blank(x):"])


def test_an_answer_that_still_raises_not_implemented_error_is_not_attempted(busy):
    assert fate(busy, "stub") == (
        "not attempted",
        ["cell 14 still raises NotImplementedError", "def stub(x):"],
    )


def test_a_syntax_error_is_reported_where_it_is_and_not_as_an_undefined_name(busy):
    verdict, why = fate(busy, "syntax")
    assert verdict == "fails"
    assert why[0].startswith("the answer stops: SyntaxError: ")
    assert why[1] == "in cell 16, line 2: return (x"


def test_an_error_inside_the_answer_is_located_there_and_in_the_test(busy):
    assert fate(busy, "inner") == (
        "fails",
        [
            "ZeroDivisionError: division by zero",
            "in cell 18, line 2: return x / 0",
            "called in cell 19, line 1: assert inner(1) == 1",
        ],
    )


def test_exit_in_a_function_crashes_its_own_question(busy):
    assert fate(busy, "leaves") == ("crashed", ["exit() or quit() ends the kernel", "while cell 21 ran"])


def test_exit_in_the_answer_cell_crashes_its_own_question_and_not_the_next(busy):
    assert fate(busy, "leaves-at-once") == (
        "crashed",
        ["the answer: exit() or quit() ends the kernel", "while cell 22 ran"],
    )


def test_sys_exit_crashes_its_question(busy):
    assert fate(busy, "stops") == ("crashed", ["sys.exit() ends the program", "while cell 25 ran"])


def test_a_dead_kernel_crashes_its_question(busy):
    verdict, why = fate(busy, "dies")
    assert verdict == "crashed"
    assert why[0].startswith("the kernel died: memory ran out, os._exit was called")


def test_an_endless_loop_that_prints_is_ended_and_its_other_tests_are_not_waited_for(busy):
    assert fate(busy, "loops") == ("crashed", ["not done after 1.5 s: an endless loop?", "while cell 29 ran"])
    assert busy.seconds < 60


def test_a_warning_on_stderr_does_not_fail_a_question(busy):
    assert fate(busy, "warns") == ("passes", [])


def test_input_is_explained(busy):
    verdict, why = fate(busy, "asks")
    assert verdict == "fails"
    assert "input() has nobody to ask" in why[0]


def test_a_name_that_only_a_study_defines_is_explained(busy):
    verdict, why = fate(busy, "studied")
    assert verdict == "fails"
    assert "name 'drawn' is not defined; cell 4 defines it, but that is a study" in why[0]


def test_partial_credit_fails_with_the_points(busy):
    assert fate(busy, "partial") == ("fails", ["cell 37 gives 0.5 of 2 points"])


def test_a_result_that_is_no_number_passes(busy):
    assert fate(busy, "shown") == ("passes", [])


def test_an_answer_cell_that_stops_after_its_definition_passes_with_a_remark(busy):
    verdict, why = fate(busy, "demo")
    assert verdict == "passes"
    assert why[0] == "although the answer stops: this assertion does not hold"


def test_a_question_without_public_tests_passes_and_says_so(busy):
    assert fate(busy, "secret") == ("passes", ["all its tests are hidden"])


def test_the_notebook_runs_in_its_own_folder_at_the_smoke_profile(busy):
    assert fate(busy, "surroundings") == ("passes", [])


def test_after_a_crash_what_came_before_runs_again_once(busy):
    assert fate(busy, "replayed") == ("passes", [])


def test_an_error_outside_the_questions_is_named(busy):
    [error] = busy.errors
    assert (error.name, error.cell) == ("cell 5", 5)
    assert error.why.splitlines()[0] == "NameError: name 'scratch' is not defined"


def test_the_busy_notebook_is_undamaged_and_the_exit_status_is_1(busy):
    assert busy.damage == busy.notes == []
    assert busy.status == 1
    assert busy.by_hand == [
        judge.Question("why", "not answered", "cell 49 is still as it was released; a person grades it", 49)
    ]


# Notebooks of plain nbgrader courses


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The report on a notebook whose test cells are called as nbgrader's own course calls them."""
    folder = tmp_path_factory.mktemp("plain")
    course = make_small_course(folder / "course")
    source = cells.chapter(
        cells.answer("squares", "    return x * x", before="def squares(x):\n"),
        cells.test("test_squares", "assert squares(2) == 4"),
        cells.test("test_squares_of_none", "assert squares(0) == 1, 'expected 1'"),
        cells.answer("sums", "    return x + x", before="def sums(x):\n"),
        cells.test("test_sums", "assert sums(2) == 4"),
        cells.test("test_sums_is_there", "assert callable(sums)"),
        cells.answer("late", "late = 1"),
        cells.answer("later", "later = 1"),
        cells.test("test_late", "assert late == 1"),
    )
    cells.write(course, "tiny", source)
    with find_course(course).api() as api:
        succeed(api.generate_assignment("tiny"), "nbgrader could not release it")
    nb = notebooks.read(release.released_path(course, "tiny"))
    nb = sample_submissions.submission(
        nb, {"squares": "def squares(x):\n    return x * x", "late": "late = 1"}
    )
    return nb, check_notebook(saved(folder / "plain.ipynb", nb))


def test_without_our_names_each_test_cell_is_its_own_entry(plain):
    _, report = plain
    assert {question.name: question.verdict for question in report.questions} == {
        "test_squares": "passes",
        "test_squares_of_none": "fails",
        "test_sums": "not attempted",
        "test_sums_is_there": "passes",
        "test_late": "passes",
    }


def test_without_a_list_of_cells_the_report_says_what_it_cannot_know(plain):
    nb, report = plain
    assert "cells" not in nb.metadata.coursekit
    assert report.damage == []
    [note] = report.notes
    assert "metadata.coursekit.cells) is missing, so a deleted cell is not noticed" in note


def test_without_a_list_of_cells_an_edited_test_cell_is_still_noticed(plain):
    nb = copy.deepcopy(plain[0])
    named(nb, "test_sums").source += "\n"
    assert only(damage.find(nb))[0] == "Cell 8, the test cell 'test_sums', was changed."


def test_without_a_list_of_cells_changed_points_are_still_noticed(plain):
    nb = copy.deepcopy(plain[0])
    marks(nb, "test_sums").points = 99
    assert "'test_sums', was changed" in only(damage.find(nb))[0]


def test_without_a_list_of_cells_a_test_cell_turned_into_markdown_is_still_noticed(plain):
    nb = copy.deepcopy(plain[0])
    to_markdown(named(nb, "test_sums"))
    assert "'test_sums', was turned into text (markdown)" in only(damage.find(nb))[0]


def test_without_a_list_of_cells_a_duplicate_is_still_noticed(plain):
    nb = copy.deepcopy(plain[0])
    nb.cells.insert(3, twin(nb, "squares"))
    assert "'squares' is there 2 times: cells 4 and 5" in only(damage.find(nb))[0]


def test_a_damaged_list_of_cells_is_noted_and_done_without(damaged):
    damaged.metadata.coursekit["cells"] = {"double": "solution"}
    found, [note] = damage.released_cells(damaged)
    assert "is damaged" in note
    assert [name for name, cell in found.items() if cell.role == "solution"] == ["double", "total"]


def test_the_checksum_is_the_one_that_nbgrader_computes(whole):
    from nbgrader.utils import compute_checksum

    graded = [cell for cell in whole.cells if notebooks.grade_id(cell)]
    assert len(graded) == 8
    assert [damage.checksum(cell) for cell in graded] == [compute_checksum(cell) for cell in graded]


# Cells that are missing or damaged


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A released notebook of two questions and one graded by hand. Not to be changed: `damaged` is a copy."""
    return released(tmp_path_factory.mktemp("whole") / "course", cells.tiny())


@pytest.fixture
def damaged(whole):
    return copy.deepcopy(whole)


@pytest.fixture
def right(damaged):
    """The released notebook with good answers."""
    answers = {"double": "def double(x):\n    return 2 * x", "total": "total = sum", "why": "Since."}
    return sample_submissions.submission(damaged, answers)


@pytest.fixture
def checked(tmp_path, monkeypatch):
    """A function that checks a notebook as if every cell ran without an error."""
    monkeypatch.setattr(run.Execution, "outcomes", lambda execution, tests: {})
    return lambda nb: check_notebook(saved(tmp_path / "tiny.ipynb", nb))


def test_a_notebook_with_answers_is_undamaged(right, whole):
    assert damage.find(right) == damage.find(whole) == []


def test_what_jupyterlab_changes_on_save_is_no_damage(right):
    for number, cell in enumerate(right.cells):
        cell.id = f"new-{number}"
        cell.metadata.pop("deletable", None)  # as after copying a cell
        cell.metadata.pop("editable", None)
        cell.metadata["trusted"] = True
        cell.metadata["collapsed"] = False
        if cell.cell_type == "code":
            cell.execution_count = number
    right.metadata["kernelspec"] = {"name": "mine", "display_name": "Mine", "language": "python"}
    right.metadata["language_info"] = {"name": "python", "version": "3.13.0"}
    again = nbformat.reads(json.dumps(right, sort_keys=True), as_version=4)
    assert damage.find(again) == []
    assert list(damage.released_cells(again)[0])[:3] == ["setup", "study-one", "double"]


def test_a_missing_test_cell_is_named_and_costs_no_points(right, checked):
    right.cells.remove(named(right, "double-test-2"))
    what, mend = only(damage.find(right))
    assert what == "The test cell 'double-test-2' is missing; it was cell 8 of the released notebook."
    assert "costs no points: the grader puts its own copy there" in mend
    question = by_name(checked(right))["double"]
    assert question.verdict == "not checked"
    assert question.why.startswith(
        "a test cell is missing, so what the grader's copy of 'double-test-2' says"
    )


def test_an_edited_test_cell_leaves_its_question_unchecked(right, checked):
    named(right, "double-test-1").source = "pass"
    what, mend = only(damage.find(right))
    assert what == "Cell 7, the test cell 'double-test-1', was changed."
    assert "the grader puts its own copy there" in mend
    report = checked(right)
    assert by_name(report)["double"].verdict == "not checked"
    assert by_name(report)["total"].verdict == "passes"
    assert report.status == 1
    assert "Next: see to what is not as it was released, save the notebook, and check again." in report.lines(
        120
    )


def test_a_missing_answer_cell_is_named_with_what_it_means(right, checked):
    right.cells.remove(named(right, "total"))
    what, mend = only(damage.find(right))
    assert what == "The answer cell 'total' is missing; it was cell 9 of the released notebook."
    assert mend.startswith("Copy it from a fresh copy of the released notebook to where it was")
    assert "only this cell ties an answer to its question" in mend
    # Its code may well stand in another cell.
    assert by_name(checked(right))["total"].verdict == "passes"


def test_a_question_fails_for_its_missing_answer_cell(right, tmp_path, monkeypatch):
    right.cells.remove(named(right, "total"))
    failed = run.Outcome("NameError", "NameError: name 'total' is not defined", "in cell 9, line 1")
    monkeypatch.setattr(run.Execution, "outcomes", lambda execution, tests: {8: failed})
    question = by_name(check_notebook(saved(tmp_path / "tiny.ipynb", right)))["total"]
    assert question.verdict == "fails"
    assert question.why.splitlines()[0] == "Its answer cell is missing."


def test_a_missing_hand_graded_cell_is_named(right, checked):
    right.cells.remove(named(right, "why"))
    assert only(damage.find(right))[0].startswith("The hand-graded answer cell 'why' is missing")
    [question] = checked(right).by_hand
    assert (question.verdict, question.cell) == ("not answered", None)


def test_a_missing_locked_cell_is_named(right):
    right.cells.remove(named(right, "setup"))
    what, mend = only(damage.find(right))
    assert what == "The locked cell 'setup' is missing; it was cell 3 of the released notebook."
    assert "If other cells fail here without it, copy the cell from" in mend


def test_an_edited_locked_cell_is_named(right):
    named(right, "setup").source += "\nimport math"
    what, mend = only(damage.find(right))
    assert what == "Cell 3, the locked cell 'setup', was changed."
    assert "no points unless your answers need the change" in mend


def test_a_duplicated_answer_cell_is_named_with_both_places(right, checked):
    right.cells.insert(6, twin(right, "double"))
    what, mend = only(damage.find(right))
    assert what == "The answer cell 'double' is there 2 times: cells 6 and 7."
    assert mend.startswith("Keep the one with your answer and delete the others")
    assert by_name(checked(right))["double"].verdict == "passes"


def test_a_duplicated_test_cell_costs_nothing_even_when_the_copy_was_edited(right, checked):
    edited = twin(right, "double-test-1")
    edited.source = "assert False"
    right.cells.append(edited)
    duplicated, edited = damage.find(right)
    assert duplicated.what == "The test cell 'double-test-1' is there 2 times: cells 7 and 12."
    assert "the grader counts the cell once" in duplicated.fix
    assert edited.what == "Cell 12, the test cell 'double-test-1', was changed."
    assert by_name(checked(right))["double"].verdict == "passes"


def test_a_test_cell_turned_into_markdown_runs_as_the_grader_runs_it(right):
    to_markdown(named(right, "double-test-1"))
    what, mend = only(damage.find(right))
    assert what == "Cell 7, the test cell 'double-test-1', was turned into text (markdown)."
    assert mend.startswith("Select it, press Esc and then Y: that makes it code again. Or leave it")
    cells_of_release, _ = damage.released_cells(right)
    nb = run.as_graded(right, cells_of_release)
    assert run.Execution(nb, cells_of_release, Path(), "smoke", 1).runs(nb.cells[6])
    assert right.cells[6].cell_type == "markdown"


def test_an_answer_cell_turned_into_markdown_is_named(right):
    to_markdown(named(right, "double"))
    what, mend = only(damage.find(right))
    assert what == "Cell 6, the answer cell 'double', was turned into text (markdown)."
    assert mend == "Select it, press Esc and then Y: that makes it code again."


def test_a_hand_graded_cell_turned_into_code_is_named(right):
    cell = named(right, "why")
    cell.update(cell_type="code", outputs=[], execution_count=None)
    what, mend = only(damage.find(right))
    assert what.endswith("the hand-graded answer cell 'why', was turned into code.")
    assert mend == "Select it, press Esc and then M: that makes it text (markdown) again."


def test_a_test_cell_marked_as_an_answer_is_named(right):
    marks(right, "double-test-1").update(solution=True, grade=False)
    what, mend = only(damage.find(right))
    assert what == (
        "Cell 7, the test cell 'double-test-1', has changed nbgrader metadata: they now say 'answer cell'."
    )
    assert "costs no points" in mend


def test_an_answer_cell_that_is_no_answer_cell_any_more_is_named(right):
    marks(right, "double").update(solution=False)
    what, mend = only(damage.find(right))
    assert what.endswith("has changed nbgrader metadata: they are gone.")
    assert "put your answer into it, and delete this one" in mend


def test_changed_points_are_named(right):
    marks(right, "double-test-2").points = 99
    what, _ = only(damage.find(right))
    assert what == "Cell 8, the test cell 'double-test-2', has changed nbgrader metadata (points, say)."


def test_a_renamed_answer_cell_is_named_with_its_old_name(right):
    marks(right, "double").grade_id = "doubel"
    missing, stranger = damage.find(right)
    assert missing.what.startswith("The answer cell 'double' is missing")
    assert stranger.what.startswith("Cell 6 carries the name 'doubel' (grade_id)")
    assert "If it is the cell 'double', give it its name back: Property Inspector" in stranger.fix


def test_a_cell_from_another_notebook_may_stay(right):
    right.cells.append(cells.test("squares-test-1", "assert squares(2) == 4"))
    what, mend = only(damage.find(right))
    assert what.startswith("Cell 12 carries the name 'squares-test-1' (grade_id), which no cell")
    assert "leave it" in mend


def test_conflict_marks_inside_a_cell_are_named_with_their_line(right):
    named(
        right, "double"
    ).source = "def double(x):\n<<<<<<< HEAD\n    return 2 * x\n=======\n    return x + x\n>>>>>>> theirs"
    what, mend = only(damage.find(right))
    assert what == "Cell 6 holds the marks of a git merge conflict, the first in line 2."
    assert "delete the lines <<<<<<<, ======= and >>>>>>>" in mend


def test_an_untouched_answer_whose_public_tests_pass_is_not_attempted(right, checked, whole):
    named(right, "double").source = named(whole, "double").source
    question = by_name(checked(right))["double"]
    assert question.verdict == "not attempted"
    assert "as it was released, although its public tests pass" in question.why


@pytest.mark.parametrize("source", ["", "# nothing yet\n"])
def test_an_emptied_answer_cell_is_not_attempted(right, checked, source):
    named(right, "double").source = source
    question = by_name(checked(right))["double"]
    assert (question.verdict, question.why.splitlines()[0]) == (
        "not attempted",
        "cell 6 is empty, although its public tests pass",
    )


def test_a_graded_cell_tagged_as_a_study_still_runs(right):
    named(right, "double-test-1").metadata["tags"] = ["study"]
    execution = run.Execution(right, damage.released_cells(right)[0], Path(), "smoke", 1)
    steps = [notebooks.grade_id(cell) for cell in right.cells if execution.runs(cell)]
    assert steps == [None, "setup", "double", "double-test-1", "double-test-2", "total", "total-test-1"]


# Files that cannot be checked


@pytest.fixture
def refused(tmp_path):
    """A function that writes `tiny.ipynb` and returns what and mend of the one fault in the report."""

    def refused(content):
        path = tmp_path / "tiny.ipynb"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        report = check_notebook(path)
        assert (report.status, report.questions) == (1, [])
        assert report.lines(100)[-1] == "Nothing could be checked (exit status 1)."
        return only(report.damage)

    return refused


def test_a_file_that_is_not_there(tmp_path):
    report = check_notebook(tmp_path / "none.ipynb")
    assert only(report.damage)[0] == f"There is no file {tmp_path / 'none.ipynb'}."
    assert report.lines(100)[0] == "none.ipynb:"


def test_a_folder_in_place_of_a_notebook(tmp_path):
    assert only(check_notebook(tmp_path).damage)[0] == f"{tmp_path} is a folder."


def test_an_empty_file(refused):
    what, mend = refused(" \n")
    assert what == "The file is empty."
    assert mend == "Start again from a fresh copy of the released notebook and copy your answers into it."


def test_the_version_that_jupyterlab_kept_is_offered(refused, tmp_path):
    kept = tmp_path / ".ipynb_checkpoints" / "tiny-checkpoint.ipynb"
    kept.parent.mkdir()
    kept.write_text("{}")
    assert refused("")[1].startswith(
        f"JupyterLab kept an earlier version in {kept}: copy that over the file."
    )


def test_a_file_that_is_not_json_with_the_line(refused, whole):
    text = nbformat.writes(whole)
    assert refused(text[: len(text) // 2])[0].startswith("The file is not valid JSON, from line ")
    assert refused('{\n "cells": [\n ]]\n}')[0] == "The file is not valid JSON, from line 3 on."


def test_a_file_that_is_not_text(refused):
    assert refused(b"PK\x03\x04\xff\xfe")[0] == "The file is not a notebook: it is not text in UTF-8."


def test_a_file_nested_without_end(refused):
    assert "nested too deeply" in refused("[" * 200_000)[0]


def test_a_web_page_saved_as_a_notebook(refused):
    what, mend = refused("<!DOCTYPE html>\n<html></html>")
    assert what == "The file is a web page, not a notebook."
    assert "download the notebook's own file" in mend


def test_git_conflict_marks_in_the_file(refused, whole):
    lines = nbformat.writes(whole).splitlines()
    lines[5:7] = ["<<<<<<< HEAD", lines[5], "=======", lines[6], ">>>>>>> other"]
    what, mend = refused("\n".join(lines))
    assert what == "The file holds the marks of a git merge conflict, the first in line 6."
    assert mend.startswith("`git checkout --ours tiny.ipynb` keeps the one version")


@pytest.mark.parametrize("content", ["[]", '"text"', '{"a": 1}', '{"nbformat": "4"}'])
def test_json_that_is_not_a_notebook(refused, content):
    assert refused(content)[0] == "The file is JSON, but not a notebook."


def test_a_notebook_of_format_3(refused):
    what, mend = refused('{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}')
    assert what == "The notebook has the old format 3, expected 4."
    assert mend == "Open it in JupyterLab and save it: that writes format 4."


def test_a_notebook_of_a_format_to_come(refused):
    assert refused('{"nbformat": 5, "cells": []}')[0] == (
        "This is not a notebook of format 4 (nbformat: 5, with cells)."
    )


def test_a_notebook_with_a_cell_without_source(refused, damaged):
    del damaged.cells[3]["source"]
    assert refused(json.dumps(damaged))[0].startswith("This is not a valid notebook: ")


def test_a_notebook_with_half_a_character(refused, damaged):
    damaged.cells[3].source = "\ud83d"
    assert refused(json.dumps(damaged))[0] == "Cell 4 holds half a character."


def test_a_notebook_of_more_than_50_mb(tmp_path):
    path = tmp_path / "tiny.ipynb"
    with path.open("wb") as file:
        file.truncate(notebooks.MAX_NOTEBOOK_MB * 1_000_000 + 20_000_000)
    what, mend = only(check_notebook(path).damage)
    assert what == "The notebook is too large: 70 MB without its outputs; a notebook may have at most 50 MB."
    assert mend == "Delete the pictures or the data in its cells that make it so large, and save."


def test_a_file_of_more_than_200_mb(tmp_path):
    path = tmp_path / "tiny.ipynb"
    with path.open("wb") as file:
        file.truncate(notebooks.MAX_FILE_MB * 1_000_000 + 20_000_000)
    what, mend = only(check_notebook(path).damage)
    assert what == "The notebook is too large: 220 MB; a file may have at most 200 MB."
    assert mend == "In JupyterLab choose Edit > Clear Outputs of All Cells, and save."


def test_outputs_of_over_50_mb_do_not_count_at_check_as_at_grade(right, checked):
    path = checked(right).notebook
    picture = nbformat.v4.new_output("display_data", data={"image/png": "iVBOR" * 1_000_000})
    named(right, "double").outputs = [picture] * 12
    nbformat.write(right, path)
    assert path.stat().st_size > 60_000_000
    assert check_notebook(path).status == 0
    assert notebooks.read_submitted(path, notebooks.submitted_content(path))[1] == []


@pytest.mark.parametrize("tag", notebooks.SKIPPED_TAGS)
def test_a_students_own_cell_that_is_tagged_as_a_study_does_not_run(right, checked, tag):
    right.cells.append(nbformat.v4.new_code_cell("raise SystemError", metadata={"tags": [tag]}))
    assert checked(right).status == 0


def test_a_notebook_of_more_than_5000_cells(refused, damaged):
    damaged.cells += [damaged.cells[0]] * notebooks.MAX_CELLS
    what, mend = refused(json.dumps(damaged))
    assert what == "The notebook has 5,011 cells, more than the 5,000 that are graded."
    assert mend == "Delete those that you do not need, and save."


def test_a_notebook_of_more_than_two_million_lists(refused, damaged):
    named(damaged, "double").outputs = [[]] * (notebooks.MAX_CONTAINERS + 1)
    what, mend = refused(json.dumps(damaged))
    assert what == "The notebook is too large: more than 2,000,000 lists in outputs."
    assert mend == "In JupyterLab choose Edit > Clear Outputs of All Cells, and save."


def test_a_pipe_in_place_of_a_notebook(tmp_path):
    os.mkfifo(tmp_path / "tiny.ipynb")
    what, _ = only(check_notebook(tmp_path / "tiny.ipynb").damage)
    assert what == f"{tmp_path / 'tiny.ipynb'} is no ordinary file."


def test_a_link_to_a_notebook_of_ones_own_is_followed(right, checked, tmp_path):
    path = checked(right).notebook
    path.rename(tmp_path / "elsewhere.ipynb")
    path.symlink_to(tmp_path / "elsewhere.ipynb")
    assert check_notebook(path).status == 0


def test_a_byte_order_mark_is_no_fault_as_in_the_grader(right, checked):
    path = checked(right).notebook
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert check_notebook(path).status == 0


def test_damaged_outputs_do_not_matter(right, checked):
    path = checked(right).notebook
    named(right, "double").outputs = [{"output_type": "nonsense"}]
    path.write_text(json.dumps(right))
    assert check_notebook(path).status == 0


def test_a_notebook_without_graded_cells(refused):
    what, mend = refused(nbformat.writes(cells.chapter()))
    assert what == "No cell of this notebook is graded."
    assert mend.startswith("Is it the right file?")


# The report


def test_when_all_is_well_the_report_ends_with_exit_status_0_and_a_warning_of_hidden_tests(right, checked):
    report = checked(right)
    assert report.status == 0
    assert report.lines(100)[1:] == [
        "Cells are counted from the top, text included.",
        "",
        "  double  passes    3 of 3 here, 3 of 5 in this chapter",
        "  total   passes    2 of 2 here, 5 of 5 in this chapter",
        "  why     answered  a person grades it",
        "",
        "Hidden tests may still fail: the grader also tries your answers where you cannot look.",
        "All 2 questions pass their public tests (exit status 0).",
    ]


def test_the_header_says_which_state_of_the_file_was_checked(right, checked):
    report = checked(right)
    os.utime(report.notebook, (0, 1_763_733_600))
    line = check_notebook(report.notebook).lines(100)[0]
    assert line.startswith("tiny.ipynb as saved at 2025-11-2")
    assert line.endswith("executed in 0 s (profile smoke):")


def test_after_the_tests_an_answer_for_a_person_is_what_to_do_next(right, checked, whole):
    named(right, "why").source = named(whole, "why").source
    report = checked(right)
    assert report.status == 0
    assert (
        "Next: answer 'why' in cell 11, which a person grades, save the notebook, and check again."
        in report.lines(120)
    )


def test_lines_keep_to_the_width_except_the_summary(busy):
    lines = busy.lines(80)
    assert max(map(len, lines[:-1])) <= 80
    assert lines[-1] == (
        "7 of 21 questions pass their public tests; 7 fail, 5 crashed, 2 not attempted "
        "(exit status 1; 0 when all pass)."
    )
    assert "Next: mend cell 5, since later cells may need what it does, save the" in "\n".join(lines)
    rows = busy.table(80).splitlines()
    assert rows[1] == "  wrong           fails          expected 1"
    assert rows[2] == "                                 in cell 9, line 1: assert wrong(1) == 1,"


def test_control_characters_of_an_answer_do_not_reach_the_terminal(busy):
    shown = replace(busy, errors=[judge.Question("cell 5", "fails", "a\x1b[2Jb\x07\tc", 5)])
    assert "  cell 5: a?[2Jb? c" in [line[:19] for line in shown.lines(100)]


def test_a_long_message_is_cut():
    assert len(run.shortened("x" * 5_000)) == 1_004


def test_an_unknown_profile_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="profile is one of smoke, quick, full; got 'fast'"):
        check_notebook(tmp_path / "tiny.ipynb", profile="fast")


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_time_limit_must_be_above_0(tmp_path, timeout):
    with pytest.raises(ValueError, match="timeout must be above 0"):
        check_notebook(tmp_path / "tiny.ipynb", timeout=timeout)


def test_where_no_kernel_starts_the_doctor_is_named(right, tmp_path, monkeypatch):
    import nbclient

    def fails(client, **options):
        raise RuntimeError("Kernel died before replying to kernel_info")

    monkeypatch.setattr(nbclient.NotebookClient, "setup_kernel", fails)
    with pytest.raises(
        ChildProcessError, match=r"no Jupyter kernel starts here: Kernel died.*coursekit doctor"
    ):
        check_notebook(saved(tmp_path / "tiny.ipynb", right))


def test_the_digest_is_plain_sha256_of_the_source():
    assert damage.digest("x = 'é'\n") == hashlib.sha256("x = 'é'\n".encode()).hexdigest()
