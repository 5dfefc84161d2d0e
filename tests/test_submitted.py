"""What students hand in, whatever it is, becomes the course's notebook with their answers, or a clear refusal."""

import collections
import copy
import json
import os
import time

import nbformat
import pytest
from fixtures import cells
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from coursekit import notebooks
from coursekit.notebooks import CourseError
from coursekit.staff.grading import plan as plan_module
from coursekit.staff.grading import submitted
from coursekit.staff.grading.plan import Plan

ANSWERED = {
    "double": "def double(x):\n    return 2 * x",
    "total": "def total(xs):\n    return sum(xs)",
    "why": "Since.",
}


def master():
    """The course's notebook: setup, two answers with their tests, a study, an answer graded by hand."""
    nb = cells.chapter(
        cells.study("print('a study')"),
        cells.prose("Write `double`."),
        cells.answer("double", "    return 2 * x", before="def double(x):\n"),
        cells.test("double-test-1", "assert double(2) == 4"),
        cells.test(
            "double-test-2", cells.hidden("assert callable(double)", "assert double(7) == 14"), points=2
        ),
        cells.answer("total", "    return sum(xs)", before="def total(xs):\n"),
        cells.test("total-test-1", "assert total([1, 2]) == 3"),
        cells.manual("why", "Because."),
    )
    for number, cell in enumerate(nb.cells):
        cell["id"] = f"of-course-{number}"
    return nb


HIDDEN = {"double-test-2": [[2, 4]]}
COURSE = ["PROFILE", "setup", "study-one", "Write", "double", "double-test-1", "double-test-2", "total"]
COURSE = ["# Tiny", *COURSE, "total-test-1", "why"]


@pytest.fixture
def handed_in():
    """A right submission as students get the notebook and fill it in."""
    nb = master()
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = ANSWERED.get(name, cell.source)
        if name in HIDDEN:
            cell.source = "assert callable(double)\n"
    return nb


def named(nb, name):
    """The first cell of this name."""
    return next(cell for cell in nb.cells if called(cell) == name)


def called(cell):
    """The cell's name, or how it begins."""
    return cell.metadata.get("nbgrader", {}).get("grade_id") or cell.source.split(" ")[0].removesuffix("\n")


@pytest.fixture
def arranged(tmp_path):
    """Save the notebook, read it as a submission and arrange it: its cells by name, the notebook, the notes."""

    def arrange(nb):
        path = tmp_path / "tiny.ipynb"
        path.write_text(json.dumps(nb), encoding="utf-8")
        read, left_out = notebooks.read_submitted(path, notebooks.submitted_content(path))
        before = copy.deepcopy((master(), read))
        course = master()
        found, notes = submitted.arrange(course, read, "tiny", HIDDEN)
        assert (course, read) == before, "arrange has changed its arguments"
        nbformat.validate(found)
        return [heading(cell) for cell in found.cells], found, left_out + notes

    return arrange


def heading(cell):
    if cell.cell_type == "markdown" and not cell.metadata.get("nbgrader"):
        return "Write" if cell.source.startswith("Write") else cell.source
    return "PROFILE" if cell.source == cells.PARAMETERS else called(cell)


def test_what_was_handed_in_as_it_was_given_out_stays_in_place_without_a_note(handed_in, arranged):
    order, nb, notes = arranged(handed_in)
    assert order == COURSE
    assert notes == []
    assert {name: named(nb, name).source for name in ANSWERED} == ANSWERED
    assert "double(7) == 14" in named(nb, "double-test-2").source


def test_arranging_is_the_same_each_time(handed_in, arranged):
    assert arranged(handed_in)[1] == arranged(handed_in)[1]


def test_outputs_and_counts_that_students_hand_in_are_gone(handed_in, arranged):
    for cell in handed_in.cells:
        if cell.cell_type == "code":
            cell.execution_count = 7
            cell.outputs = [nbformat.v4.new_output("stream", text="3 of 3 points")]
    _, nb, _ = arranged(handed_in)
    assert [cell for cell in nb.cells if cell.get("outputs") or cell.get("execution_count")] == []


@pytest.mark.parametrize(
    "marks", [{"grade": False}, {"solution": True}, {"points": 99}, {"locked": False}], ids=str
)
def test_marks_of_a_test_that_a_student_changed_mean_nothing(handed_in, arranged, marks):
    named(handed_in, "double-test-1").metadata.nbgrader.update(marks)
    order, nb, notes = arranged(handed_in)
    assert (order, notes) == (COURSE, [])
    assert named(nb, "double-test-1").metadata == named(master(), "double-test-1").metadata


def test_tags_of_a_students_cells_mean_nothing(handed_in, arranged):
    for cell in handed_in.cells:
        cell.metadata["tags"] = ["study", "skip-execution"]
    _, nb, _ = arranged(handed_in)
    assert [cell.metadata.get("tags") for cell in nb.cells] == [
        c.metadata.get("tags") for c in master().cells
    ]


@pytest.mark.parametrize("tag", notebooks.SKIPPED_TAGS)
def test_cells_tagged_as_studies_never_run_known_or_not(handed_in, arranged, tag):
    own = new_code_cell("import time; time.sleep(99)", metadata={"tags": ["mine", tag]})
    foreign = cells.study("time.sleep(98)", name="of-another-chapter")
    foreign.metadata["tags"] = [tag]
    edited = named(handed_in, "study-one")
    edited.source, edited.metadata["tags"] = "time.sleep(97)", [tag]
    handed_in.cells[4:4] = [own, foreign]
    _, nb, notes = arranged(handed_in)
    names = collections.defaultdict(list)
    task = {"prelude": []}
    plan = Plan("tiny", master(), task, names, "", notebooks.SKIPPED_TAGS, {}, names, (), (), ())
    runs = [cell["source"] for cell in plan_module.cells_of(plan, nb) if cell["kind"] != "skip"]
    assert not [source for source in runs if "sleep" in source or "a study" in source]
    assert [source for source in ANSWERED.values() if source not in runs] == [ANSWERED["why"]]
    assert "tiny: 2 of your own cells are tagged as a study and did not run" in notes


@pytest.mark.parametrize("tag", ["setup", "parameters", "mine"])
def test_no_other_tag_of_a_students_own_cell_means_anything(handed_in, arranged, tag):
    handed_in.cells.append(new_code_cell("x = 1", metadata={"tags": [tag]}))
    _, nb, _ = arranged(handed_in)
    assert nb.cells[-1].source == "x = 1" and nb.cells[-1].metadata == {}


@pytest.mark.parametrize("tags", [None, 5, "study", {"study": 1}, [["study"]], [5, None]])
def test_damaged_tags_are_as_good_as_none(handed_in, arranged, tags):
    handed_in.cells.append(new_code_cell("x = 1"))
    handed_in.cells[-1].metadata["tags"] = tags
    _, nb, _ = arranged(handed_in)
    assert nb.cells[-1].metadata == {}


def test_a_changed_test_is_the_courses_again_and_the_students_stays_below_it(handed_in, arranged):
    named(handed_in, "total-test-1").source = "assert True"
    order, nb, notes = arranged(handed_in)
    assert order == [*COURSE[:-1], "assert", "why"]
    assert named(nb, "total-test-1").source == "assert total([1, 2]) == 3"
    assert nb.cells[-2].source == "assert True"
    assert nb.cells[-2].metadata == {}
    assert notes == [
        "tiny: cell 'total-test-1' differs from the course's, which took its place; yours was kept below it"
    ]


def test_blank_space_in_a_test_is_no_change(handed_in, arranged):
    named(handed_in, "total-test-1").source = "\n  assert total([1, 2]) == 3  \n\n"
    order, _, notes = arranged(handed_in)
    assert (order, notes) == (COURSE, [])


def test_the_line_by_which_a_released_test_says_what_it_is_worth_is_no_change(handed_in, arranged):
    for name in ("double-test-2", "total-test-1"):
        cell = named(handed_in, name)
        cell.source = f'checks.worth("{name}", points=1.5, of=28)\n{cell.source}'
    order, nb, notes = arranged(handed_in)
    assert (order, notes) == (COURSE, [])
    assert named(nb, "total-test-1").source == "assert total([1, 2]) == 3"


@pytest.mark.parametrize("more", ["; x = 1", "\nx = 1", " + print()"])
def test_what_a_student_writes_beside_that_line_is_a_change(handed_in, arranged, more):
    cell = named(handed_in, "total-test-1")
    cell.source = f'checks.worth("total-test-1", points=1, of=28){more}\n{cell.source}'
    _, _, notes = arranged(handed_in)
    assert len(notes) == 1 and "differs from the course's" in notes[0]


def test_an_emptied_test_is_the_courses_again_and_nothing_is_kept(handed_in, arranged):
    named(handed_in, "total-test-1").source = "  \n"
    order, _, notes = arranged(handed_in)
    assert (order, notes) == (COURSE, [])


def test_a_hidden_line_that_a_student_has_got_hold_of_is_a_change(handed_in, arranged):
    named(handed_in, "double-test-2").source = named(master(), "double-test-2").source
    _, _, notes = arranged(handed_in)
    assert notes == [
        "tiny: cell 'double-test-2' differs from the course's, which took its place; yours was kept below it"
    ]


@pytest.mark.parametrize("name", ["setup", "study-one", "PROFILE"])
def test_a_changed_locked_cell_is_the_courses_again_and_the_students_stays(handed_in, arranged, name):
    place = COURSE.index(name)
    handed_in.cells[place].source = "import mine"
    order, nb, notes = arranged(handed_in)
    assert order == [*COURSE[: place + 1], "import", *COURSE[place + 1 :]]
    assert nb.cells[place].source == master().cells[place].source
    label = name if name != "PROFILE" else "number 2"
    assert notes == [
        f"tiny: cell {label!r} differs from the course's, which took its place; yours was kept below it"
    ]


@pytest.mark.parametrize(
    "name", ["setup", "double-test-1", "double-test-2", "total-test-1", "study-one", "why"]
)
def test_a_deleted_cell_of_the_courses_is_put_back_where_it_was(handed_in, arranged, name):
    handed_in.cells.remove(named(handed_in, name))
    order, nb, notes = arranged(handed_in)
    assert order == COURSE
    assert notes == [f"tiny: cell {name!r} was missing and was put back"]
    if name == "why":
        assert named(nb, "why").source == "This cell was missing."
    else:
        assert named(nb, name).source == named(master(), name).source


def test_a_deleted_answer_is_not_made_up(handed_in, arranged):
    handed_in.cells.remove(named(handed_in, "double"))
    order, nb, _ = arranged(handed_in)
    assert order == [name for name in COURSE if name != "double"]
    assert "2 * x" not in nbformat.writes(nb)


def test_all_cells_of_the_courses_are_put_back_into_an_empty_notebook(arranged):
    order, nb, notes = arranged(new_notebook())
    assert order == ["PROFILE", "setup", "study-one", "double-test-1", "double-test-2", "total-test-1", "why"]
    assert "return" not in nbformat.writes(nb)
    assert len(notes) == 7


def test_a_test_that_was_deleted_goes_below_the_students_own_cells_under_the_answer(handed_in, arranged):
    handed_in.cells.remove(named(handed_in, "total-test-1"))
    at = handed_in.cells.index(named(handed_in, "total"))
    handed_in.cells.insert(at + 1, new_code_cell("total = lambda xs: sum(xs)"))
    order, _, _ = arranged(handed_in)
    assert order == [*COURSE[:-2], "total", "total-test-1", "why"]


def test_the_last_of_two_answers_counts_and_the_other_stays_an_ordinary_cell(handed_in, arranged):
    at = handed_in.cells.index(named(handed_in, "double"))
    again = copy.deepcopy(handed_in.cells[at])
    again.source, again["id"] = "def double(x):\n    return x + x", "again"
    handed_in.cells.insert(at + 1, again)
    order, nb, notes = arranged(handed_in)
    assert order == [*COURSE[:5], "def", *COURSE[5:]]
    assert named(nb, "double").source == again.source
    assert notes == [
        "tiny: cell 'double' was there 2 times; one was taken, the others were kept as ordinary cells"
    ]


def test_a_test_that_was_copied_counts_once_and_where_it_stood_last(handed_in, arranged):
    again = copy.deepcopy(named(handed_in, "double-test-1"))
    again["id"] = "again"
    handed_in.cells.append(again)
    order, _, notes = arranged(handed_in)
    assert order.count("double-test-1") == 1
    assert order[-1] == "double-test-1"
    assert notes == [
        "tiny: cell 'double-test-1' was there 2 times; one was taken, the others were kept as ordinary cells"
    ]


def test_a_locked_cell_that_was_copied_counts_where_it_stood_first(handed_in, arranged):
    again = copy.deepcopy(named(handed_in, "setup"))
    again["id"], again.source = "again", "import mine"
    handed_in.cells.append(again)
    order, _, notes = arranged(handed_in)
    assert order == [*COURSE, "import"]
    assert len(notes) == 1 and "was there 2 times" in notes[0]


def test_copies_of_a_cell_without_a_name_get_no_note(handed_in, arranged):
    handed_in.cells.insert(2, new_markdown_cell("# Tiny", id=handed_in.cells[0]["id"]))
    order, _, notes = arranged(handed_in)
    assert order == [*COURSE[:2], "# Tiny", *COURSE[2:]]
    assert notes == []


def test_an_answer_that_lost_its_name_is_recognized_by_its_id(handed_in, arranged):
    del named(handed_in, "double").metadata["nbgrader"]
    order, nb, notes = arranged(handed_in)
    assert order == COURSE
    assert named(nb, "double").source == ANSWERED["double"]
    assert notes == ["tiny: cell 'double' had lost its name and was recognized"]


def test_a_cell_with_the_id_of_another_that_is_there_by_name_is_the_students_own(handed_in, arranged):
    handed_in.cells.append(new_code_cell("extra = 1", id="of-course-5"))
    named(handed_in, "double")["id"] = "other"
    order, _, notes = arranged(handed_in)
    assert order == [*COURSE, "extra"]
    assert notes == []


def test_a_cell_of_an_unknown_name_is_kept_as_an_ordinary_one(handed_in, arranged):
    stranger = cells.test("bonus", "assert True", points=100)
    handed_in.cells.append(stranger)
    order, nb, notes = arranged(handed_in)
    assert order == [*COURSE, "assert"]
    assert nb.cells[-1].metadata == {}
    assert notes == ["tiny: no cell of the assignment is called 'bonus'; kept as an ordinary cell"]


def test_a_long_name_is_cut_in_its_note(handed_in, arranged):
    handed_in.cells.append(cells.test("b" * 5000, "assert True"))
    _, _, notes = arranged(handed_in)
    assert len(notes) == 1 and len(notes[0]) < 200


def test_cells_of_the_students_own_stay_where_they_were(handed_in, arranged):
    handed_in.cells.insert(5, new_code_cell("def helper(): pass"))
    handed_in.cells.insert(0, new_markdown_cell("Ada's work"))
    order, _, notes = arranged(handed_in)
    assert order == ["Ada's work", *COURSE[:5], "def", *COURSE[5:]]
    assert notes == []


def test_a_test_that_was_moved_above_its_answer_goes_below_it_again(handed_in, arranged):
    test = named(handed_in, "double-test-1")
    handed_in.cells.remove(test)
    handed_in.cells.insert(2, test)
    order, _, notes = arranged(handed_in)
    assert order == COURSE
    assert notes == ["tiny: cell 'double-test-1' stood above its answer and was moved below it"]


def test_an_answer_that_was_moved_to_the_end_is_still_above_its_tests(handed_in, arranged):
    answer = named(handed_in, "double")
    handed_in.cells.remove(answer)
    handed_in.cells.append(answer)
    order, _, notes = arranged(handed_in)
    assert order == [n for n in COURSE if not n.startswith("double")] + [
        "double",
        "double-test-1",
        "double-test-2",
    ]
    assert len(notes) == 2


def test_cells_in_reverse_order_are_arranged_so_that_each_test_is_below_its_answer(handed_in, arranged):
    handed_in.cells.reverse()
    order, _, _ = arranged(handed_in)
    assert sorted(order) == sorted(COURSE)
    for answer, tests in (("double", ("double-test-1", "double-test-2")), ("total", ("total-test-1",))):
        assert all(order.index(answer) < order.index(test) for test in tests)


def test_a_test_turned_into_markdown_runs_as_the_course_has_it(handed_in, arranged):
    at = handed_in.cells.index(named(handed_in, "double-test-1"))
    handed_in.cells[at] = new_markdown_cell("gone", metadata=handed_in.cells[at].metadata)
    order, nb, _ = arranged(handed_in)
    assert order == COURSE
    assert nb.cells[at].cell_type == "code"
    assert nb.cells[at].source == "assert double(2) == 4"


def test_an_answer_turned_into_markdown_is_code_again(handed_in, arranged):
    at = handed_in.cells.index(named(handed_in, "double"))
    handed_in.cells[at] = new_markdown_cell(ANSWERED["double"], metadata=handed_in.cells[at].metadata)
    _, nb, _ = arranged(handed_in)
    assert nb.cells[at].cell_type == "code"
    assert nb.cells[at].source == ANSWERED["double"]


def test_a_picture_in_a_written_answer_stays_and_other_attachments_go(handed_in, arranged):
    named(handed_in, "why")["attachments"] = {
        "drawing.png": {"image/png": "iVBOR"},
        "page.html": {"text/html": "<script>"},
    }
    _, nb, _ = arranged(handed_in)
    assert named(nb, "why")["attachments"] == {"drawing.png": {"image/png": "iVBOR"}}


def test_all_mendings_at_once_keep_every_line_that_the_student_wrote(handed_in, arranged):
    named(handed_in, "double-test-1").source = "assert mine_1"
    named(handed_in, "setup").source = "import mine_2"
    again = copy.deepcopy(named(handed_in, "total"))
    again["id"], again.source = "again", "mine_3 = total"
    handed_in.cells.insert(1, again)
    handed_in.cells.remove(named(handed_in, "total-test-1"))
    handed_in.cells.reverse()
    handed_in.cells.append(new_code_cell("mine_4 = 1"))
    _, nb, notes = arranged(handed_in)
    text = nbformat.writes(nb)
    assert [f"mine_{number}" for number in range(1, 5) if f"mine_{number}" not in text] == []
    assert all(answer in [cell.source for cell in nb.cells] for answer in ANSWERED.values())
    assert len(notes) >= 4


# --- files ---


@pytest.fixture
def read(tmp_path):
    """Write `content` to a file and read it as a submission."""

    def read(content):
        path = tmp_path / "ps1.ipynb"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return notebooks.read_submitted(path, notebooks.submitted_content(path))

    return read


GOOD = {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [], "execution_count": None}


def notebook(*listed):
    return {"cells": list(listed), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ps1.ipynb: the file is empty"),
        (b" \n ", "ps1.ipynb: the file is empty"),
        (b"\xef\xbb\xbf", "ps1.ipynb: the file is empty"),
        (b"not a notebook", "ps1.ipynb: not valid JSON (Expecting value, line 1)"),
        (b'{"cells": [\n\n}', "ps1.ipynb: not valid JSON (Expecting value, line 3)"),
        (b'{"cells": []} {}', "ps1.ipynb: not valid JSON (Extra data, line 1)"),
        (
            b'{"cells": [\n<<<<<<< HEAD\n"a"\n=======\n"b"\n>>>>>>> other\n]}',
            "ps1.ipynb: not valid JSON (Expecting value, line 2); it holds the marks of a git merge conflict",
        ),
        (b'{"cells": "\xff"}', "ps1.ipynb: not UTF-8 text (byte 11)"),
        ("{}".encode("utf-16"), "ps1.ipynb: not UTF-8 text (byte 0)"),
        (b"\x89PNG\r\n", "ps1.ipynb: not UTF-8 text (byte 0)"),
        (b"[" * 200_000, "ps1.ipynb: JSON nested too deep, or with numbers that are too long"),
        (
            b'{"cells": ' + b"9" * 5000 + b"}",
            "ps1.ipynb: JSON nested too deep, or with numbers that are too long",
        ),
        (b"null", "ps1.ipynb: no notebook, but a JSON NoneType"),
        (b"[]", "ps1.ipynb: no notebook, but a JSON list"),
        (b"{}", "ps1.ipynb: no notebook: it has no list of cells"),
        (b'{"cells": {}}', "ps1.ipynb: no notebook: it has no list of cells"),
        (b'{"worksheets": [1], "nbformat": 3}', "ps1.ipynb: a notebook of format 3 that cannot be read"),
        (b'{"worksheets": [], "nbformat": {}}', "ps1.ipynb: a notebook of format 3 that cannot be read"),
    ],
)
def test_what_is_no_notebook_is_refused_with_the_files_name_and_the_reason(read, content, reason):
    with pytest.raises(CourseError) as refused:
        read(content)
    assert str(refused.value).startswith(reason)
    assert len(str(refused.value)) < 500


def test_more_cells_than_anybody_writes_are_refused(read):
    with pytest.raises(CourseError, match=r"ps1.ipynb: 5,001 cells; a notebook may have at most 5,000"):
        read(notebook(*[GOOD] * 5001))


def test_a_file_of_300_mb_is_refused_without_being_read(tmp_path, monkeypatch):
    path = tmp_path / "ps1.ipynb"
    with path.open("wb") as file:
        file.truncate(300_000_000)
    monkeypatch.setattr(type(path), "read_bytes", None)
    with pytest.raises(CourseError, match=r"ps1.ipynb: 300 MB; a file may have at most 200 MB"):
        notebooks.submitted_content(path)


def test_a_notebook_of_100_mb_that_are_no_outputs_is_refused(tmp_path):
    path = tmp_path / "ps1.ipynb"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(
        CourseError, match=r"ps1.ipynb: 100 MB without its outputs; a notebook may have at most 50 MB"
    ):
        notebooks.submitted_content(path)


OUTPUTS = {
    "none": [],
    "a picture": [{"output_type": "display_data", "data": {"image/png": "iVBOR" * 12_000_000}}],
    "lines": [
        {"output_type": "stream", "name": "stdout", "text": ['loss: 0.12 \u001b[0m \\ " ] }\r\n'] * 100_000}
    ],
    "text about outputs": [{"text": ['"outputs": [', '\\"outputs": [']}],
    "lists in lists": [[[[]], []], {"outputs": [[]]}],
    "damaged": [5, None, "]"],
}


@pytest.mark.parametrize("listed", OUTPUTS.values(), ids=OUTPUTS)
@pytest.mark.parametrize("indent", [None, 1])
def test_outputs_do_not_count_towards_the_size_and_all_else_stays(read, listed, indent):
    cell = {**GOOD, "outputs": listed, "source": '{"outputs": [1], "x": "\\\\"}'}
    content = json.dumps(notebook(cell, GOOD), indent=indent).encode()
    left = notebooks.without_outputs(content)
    assert json.loads(left) == notebook({**cell, "outputs": []}, GOOD)
    assert left.count(b"\n") == content.count(b"\n")
    assert len(left) < 2_000 + content.count(b"\n")
    nb, notes = read(content)
    assert ([each.source for each in nb.cells], notes) == ([cell["source"], "x = 1"], [])


def test_a_list_called_outputs_in_a_text_stays(read):
    sources = ['x = {"outputs": ["a"]}', 'say "outputs": [1]', '"outputs', 'outputs": [', "\\"]
    nb, _ = read(notebook(*({**GOOD, "source": source} for source in sources)))
    assert [cell.source for cell in nb.cells] == sources


HOSTILE = {
    "lists in lists": b'{"cells": [{"outputs": [' + b"[" * 20_000_000,
    "lists without end": b'{"cells": [{"outputs": [' + b"[],[" * 5_000_000,
    "outputs without end": b'{"outputs":[' * 2_000_000,
    "outputs in outputs": b'{"outputs":{"outputs":[]},' * 1_000_000,
    "a text without end": b'{"cells": [{"outputs": ["' + b"x" * 60_000_000,
    "backslashes": b'{"cells": [{"outputs": ["' + b"\\" * 30_000_001,
    "texts without end": b'{"cells": [{"outputs": ["",' + b'"",' * 10_000_000,
    "a list of outputs each": b'{"cells": [' + b'{"outputs": []},' * 1_000_000 + b"1]}",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_outputs_made_to_take_time_or_memory_are_refused_within_seconds(read, content):
    began = time.process_time()
    with pytest.raises(CourseError) as refused:
        read(content)
    assert str(refused.value).startswith("ps1.ipynb: ") and len(str(refused.value)) < 500
    assert time.process_time() - began < 10


def test_a_file_that_was_cut_off_in_its_outputs_is_not_valid_json(read):
    listed = [{"output_type": "display_data", "data": {"image/png": "iVBOR" * 13_000_000}}]
    content = json.dumps(notebook({**GOOD, "outputs": listed}), indent=1).encode()
    with pytest.raises(CourseError, match=r"ps1.ipynb: not valid JSON .*line 1[0-9]"):
        read(content[:-100])


def test_a_file_that_is_not_there_a_link_a_folder_and_a_pipe_are_refused(tmp_path):
    (tmp_path / "link.ipynb").symlink_to("/etc/passwd")
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    found = {}
    for name in ("missing", "link", "folder", "pipe"):
        with pytest.raises(CourseError) as refused:
            notebooks.submitted_content(tmp_path / f"{name}.ipynb")
        found[name] = str(refused.value)
    assert found == {
        "missing": "missing.ipynb: not handed in",
        "link": "link.ipynb: a link; a submission holds ordinary files only",
        "folder": "folder.ipynb: no file; a submission holds ordinary files only",
        "pipe": "pipe.ipynb: no file; a submission holds ordinary files only",
    }


def test_a_file_that_may_not_be_read_is_named_with_the_systems_reason(tmp_path, monkeypatch):
    path = tmp_path / "ps1.ipynb"
    path.write_text("{}")

    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(type(path), "read_bytes", refuse)
    with pytest.raises(CourseError, match=r"^ps1.ipynb: cannot be read \(Permission denied\)$"):
        notebooks.submitted_content(path)


@pytest.mark.parametrize(
    "damaged",
    [
        5,
        None,
        "text",
        [],
        {},
        {"cell_type": "code"},
        {"source": "x"},
        {"cell_type": "heading", "source": "x"},
        {"cell_type": ["code"], "source": "x"},
        {"cell_type": {"a": 1}, "source": "x"},
        {"cell_type": "code", "source": 5},
        {"cell_type": "code", "source": ["x", 5]},
        {"cell_type": "code", "source": None},
    ],
    ids=str,
)
def test_a_damaged_cell_is_left_out_and_the_others_stay(read, damaged):
    nb, notes = read(notebook(GOOD, damaged, GOOD))
    assert [cell.source for cell in nb.cells] == ["x = 1", "x = 1"]
    assert notes == ["ps1: cell 2 is damaged and was left out"]


NAMES = [5, None, ["a"], {"a": 1}]
MARKS = [None, 5, [], *({"grade_id": name} for name in NAMES)]
METADATA = [None, 5, [], *({"nbgrader": marks} for marks in MARKS)]


@pytest.mark.parametrize("metadata", METADATA, ids=str)
def test_metadata_of_wrong_types_are_as_good_as_none(read, metadata):
    nb, notes = read(notebook({**GOOD, "metadata": metadata, "id": 7, "attachments": 3}))
    assert nb.cells[0].metadata["nbgrader"]["grade_id"] is None
    found, _ = submitted.arrange(master(), nb, "tiny", HIDDEN)
    assert "x = 1" in [cell.source for cell in found.cells]
    assert notes == []


@pytest.mark.parametrize(
    "damaged",
    [None, 5, [], {"a.png": 5}, {"a.png": {"image/png": 5}}, {"a.png": {"image/png": ["x"]}}],
    ids=str,
)
def test_damaged_attachments_go(read, damaged):
    cell = {"cell_type": "markdown", "source": "text", "metadata": {}, "attachments": damaged}
    nb, _ = read(notebook(cell))
    assert nb.cells[0].get("attachments") is None


def test_a_source_in_lines_with_windows_line_ends_is_one_text(read):
    nb, _ = read(notebook({**GOOD, "source": ["def f():\r\n", "    return 1\r\n"]}))
    assert nb.cells[0].source == "def f():\n    return 1\n"


def test_half_characters_become_question_marks_that_can_be_saved(read):
    content = json.dumps(notebook(GOOD)).replace("x = 1", "x = '\\ud83d'").encode()
    nb, _ = read(content)
    assert nb.cells[0].source == "x = '?'"


def test_a_byte_order_mark_is_no_fault(read):
    nb, notes = read(b"\xef\xbb\xbf" + json.dumps(notebook(GOOD)).encode())
    assert (nb.cells[0].source, notes) == ("x = 1", [])


def test_a_notebook_of_format_3_is_read(read):
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {},
        "worksheets": [
            {
                "cells": [{"cell_type": "code", "input": "x = 1", "language": "python", "outputs": []}],
                "metadata": {},
            }
        ],
    }
    nb, _ = read(old)
    assert [cell.source for cell in nb.cells] == ["x = 1"]


def test_formats_and_kernels_that_do_not_exist_do_not_matter(read):
    nb, _ = read({**notebook(GOOD), "nbformat": 99, "metadata": {"kernelspec": {"name": "klingon"}}})
    assert nb.cells[0].source == "x = 1"


# --- files beside the notebook ---


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "data.csv").write_text("1,2\n")
    (tmp_path / "sub" / "helper.py").write_text("x = 1\n")
    return tmp_path


def test_files_beside_the_notebook_are_taken_by_their_path(folder):
    (folder / "ps1.ipynb").write_text("{}")
    (folder / "timestamp.txt").write_text("2026-01-30 20:30:10 UTC")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "data.csv").write_text("old")
    notes = []
    assert submitted.files(folder, notes) == {"data.csv": b"1,2\n", "sub/helper.py": b"x = 1\n"}
    assert notes == []


def test_links_and_pipes_beside_the_notebook_are_left_out_and_noted(folder, tmp_path):
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "folder").symlink_to("/etc")
    os.mkfifo(folder / "pipe")
    notes = []
    assert set(submitted.files(folder, notes)) == {"data.csv", "sub/helper.py"}
    assert sorted(notes) == [f"{name}: a link or no file, left out" for name in ("folder", "link", "pipe")]


def test_more_files_than_may_be_are_left_out_each_with_a_note(folder, monkeypatch):
    monkeypatch.setattr(submitted, "MAX_FILES", 1)
    notes = []
    assert set(submitted.files(folder, notes)) == {"data.csv"}
    assert notes == ["sub/helper.py: left out; beside the notebooks, 100 MB in 1 files are taken"]


def test_a_file_that_is_too_large_is_left_out_and_the_others_stay(folder, monkeypatch):
    monkeypatch.setattr(submitted, "MAX_FOLDER_MB", 1)
    with (folder / "big.bin").open("wb") as file:
        file.truncate(2_000_000)
    notes = []
    assert set(submitted.files(folder, notes)) == {"data.csv", "sub/helper.py"}
    assert notes == ["big.bin: left out; beside the notebooks, 1 MB in 500 files are taken"]


def test_a_file_beside_the_notebook_that_cannot_be_read_is_noted(folder, monkeypatch):
    real = type(folder).read_bytes

    def read_bytes(self):
        if self.name == "data.csv":
            raise OSError(5, "Input/output error", str(self))
        return real(self)

    monkeypatch.setattr(type(folder), "read_bytes", read_bytes)
    notes = []
    assert set(submitted.files(folder, notes)) == {"sub/helper.py"}
    assert notes == ["data.csv: cannot be read (Input/output error), left out"]
