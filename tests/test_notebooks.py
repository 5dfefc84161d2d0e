"""Notebooks as data: roles, problems, what students may see, and the files of answers."""

import json

import pytest
from fixtures import cells
from nbformat.v4 import new_code_cell, new_output, new_raw_cell

from coursekit import notebooks
from coursekit.notebooks import CourseError
from coursekit.staff import answers, faults, sample_submissions
from coursekit.staff.site import edition


def executed(cell, *outputs):
    cell.outputs, cell.execution_count = list(outputs), 3
    cell.metadata["papermill"] = {"duration": 1.0}
    return cell


def printed(text):
    return new_output("stream", name="stdout", text=text)


def figure(alt):
    return new_output("display_data", data={"image/png": "aGk="}, metadata={"image/png": {"alt": alt}})


def test_each_cell_has_the_role_that_its_tags_and_nbgrader_metadata_give_it():
    nb = cells.tiny()
    assert [notebooks.role(cell) for cell in nb.cells] == [
        "prose",
        "parameters",
        "setup",
        "study",
        "prose",
        "solution",
        "test",
        "test",
        "solution",
        "test",
        "manual",
    ]


@pytest.mark.parametrize(
    "cell",
    [
        new_code_cell("x = 1"),
        new_raw_cell("x"),
        new_code_cell("x = 1", metadata={"tags": ["study", "setup"]}),
        new_code_cell("x = 1", metadata={"tags": ["study"], "nbgrader": {"grade": True, "solution": False}}),
        new_code_cell("x = 1", metadata={"nbgrader": {"task": True}}),
    ],
    ids=["plain code", "raw", "two roles", "graded study", "task"],
)
def test_a_cell_that_is_none_or_two_of_these_has_an_unknown_role(cell):
    assert notebooks.role(cell) == "unknown"


@pytest.mark.parametrize(
    ("is_so", "expected"),
    [
        (notebooks.is_answer, ["double", "total", "why"]),
        (notebooks.is_manual, ["why"]),
        (notebooks.is_test, ["double-test-1", "double-test-2", "total-test-1"]),
        (
            notebooks.is_course_cell,
            [None, "setup", "study-one", "double-test-1", "double-test-2", "total-test-1"],
        ),
    ],
)
def test_who_writes_a_cell_and_what_grades_it_is_told_from_its_role(is_so, expected):
    assert [notebooks.grade_id(cell) for cell in cells.tiny().cells if is_so(cell)] == expected


@pytest.mark.parametrize(
    "metadata", [{}, {"nbgrader": 5}, {"nbgrader": {"grade_id": 5}}, {"tags": 5}], ids=str
)
def test_damaged_metadata_make_nothing_of_a_cell(metadata):
    cell = new_code_cell("x = 1")
    cell.metadata.update(metadata)
    assert (notebooks.grade_id(cell), notebooks.nbgrader_role(cell), notebooks.tags(cell)) == (None, "", [])
    assert not notebooks.is_course_cell(cell)


def test_the_small_chapter_has_no_problems():
    assert faults.problems(cells.tiny(), "tiny") == []


SEED = "keras.utils.set_random_seed(1)"


@pytest.mark.parametrize(
    "cells_of",
    [
        [f"{SEED}\nmodel.fit(x, y, epochs=5)"],
        [SEED, "def trained():\n    return model.fit(x, y=y, verbose=0)"],
        ["runs = replicate(build, mnist, runs=3, epochs=2)", "model.fit(x, y, batch_size=64, shuffle=True)"],
        [f"model.fit(x, y, epochs=5)\n{SEED}"],
    ],
)
def test_a_seeded_fit_that_shuffles_arrays_is_refused_with_its_line_and_the_way_out(cells_of):
    nb = cells.chapter(*(cells.study(source, f"study-{n}") for n, source in enumerate(cells_of)))
    (found,) = faults.problems(nb, "tiny")
    assert found.startswith(f"tiny, cell {len(nb.cells)}, line ")
    assert "repeats one order of the images in every epoch; use fit(batches(x, y, batch_size))" in found


@pytest.mark.parametrize(
    "source",
    [
        "model.fit(batches(x, y, 64), epochs=5)",
        "model.fit(x, y, epochs=5, shuffle=False)",
        "KNeighborsClassifier(3).fit(x, y)",
        "%timeit model.fit(x, y, epochs=5)",
    ],
)
def test_other_fits_may_follow_a_seed(source):
    assert faults.problems(cells.chapter(cells.study(SEED), cells.study(source, "study-two")), "tiny") == []


def test_a_fit_without_any_seed_before_it_draws_new_orders_and_passes():
    assert faults.problems(cells.chapter(cells.study("model.fit(x, y, epochs=5)")), "tiny") == []


def test_the_cell_that_shows_the_frozen_order_may_do_so():
    shown = cells.study(f"{SEED}\nmodel.fit(x, y, epochs=5)")
    shown.metadata.tags.append("frozen-order")
    assert faults.problems(cells.chapter(shown), "tiny") == []


def with_output():
    return executed(cells.study("1"), printed("1"))


def unlocked_study():
    cell = cells.study("1")
    cell.metadata.nbgrader.locked = False
    return cell


def nameless_study():
    cell = cells.study("1")
    del cell.metadata.nbgrader["grade_id"]
    return cell


FAULTS = {
    "outputs": (with_output(), "cell 4: has outputs; source notebooks keep none"),
    "execution count": (with_output(), "cell 4: has the execution count 3; source notebooks keep none"),
    "unknown role": (new_code_cell("1"), "cell 4: unknown role of this code cell (tags [], nbgrader {})"),
    "unlocked study": (unlocked_study(), "cell 4: the study cell is not locked in its nbgrader metadata"),
    "nameless study": (nameless_study(), "cell 4: has nbgrader metadata without a grade_id"),
    "long cell": (cells.study("x = 1\n" * 26), "cell 4: 26 lines of code, at most 25 allowed"),
    "no question": (
        cells.test("softmax-test-1", ""),
        "cell 4: test 'softmax-test-1' follows no solution cell",
    ),
    "odd test name": (
        cells.test("softmax", ""),
        "cell 4: test 'softmax' names no question, expected '<question>-",
    ),
    "untested": (cells.answer("softmax", "x"), "cell 4: question 'softmax' has no test cell softmax-test-1"),
    "no points": (cells.test("a-test-1", "", 0), "cell 4: points must be a positive number, got 0"),
    "no markers": (cells.solution("softmax", "x"), "cell 4: a solution cell without ### BEGIN SOLUTION"),
    "no end": (
        cells.solution("a", "### BEGIN SOLUTION"),
        "cell 4: BEGIN SOLUTION and END SOLUTION do not pair up",
    ),
    "misplaced": (
        cells.study(cells.hidden("1", "2")),
        "cell 4: BEGIN HIDDEN TESTS in a cell of role study, allowed in: test",
    ),
    "no rubric": (cells.manual("why", "Because."), "cell 4: a hand-graded cell without a rubric"),
    "loose rubric": (
        cells.manual("why", "### BEGIN SOLUTION\n### END SOLUTION\n" + cells.RUBRIC),
        "cell 4: the rubric must stand between BEGIN SOLUTION and END SOLUTION",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_problem_names_chapter_and_cell(fault):
    cell, expected = FAULTS[fault]
    found = faults.problems(cells.chapter(cell), "mnist-mlp")
    assert any(problem.startswith(f"mnist-mlp, {expected}") for problem in found), found


def test_a_grade_id_used_twice_is_a_problem_of_both_cells():
    found = faults.problems(cells.chapter(cells.study("1", "study-a"), cells.study("2", "study-a")), "tiny")
    assert found == [f"tiny, cell {n}: the grade_id 'study-a' is used more than once" for n in (4, 5)]


def test_a_chapter_needs_one_parameters_cell_that_comes_first_and_one_setup_cell():
    def found(*content):
        return faults.problems(cells.notebook(*content), "tiny")

    parameters, setup = cells.parameters, cells.setup
    assert found(setup()) == ["tiny: 0 parameters cells, expected exactly one (tag `parameters`)"]
    assert found(parameters()) == ["tiny: 0 setup cells, expected exactly one (tag `setup`)"]
    assert found(setup(), parameters()) == ["tiny: the parameters cell must be the first code cell"]
    assert found(parameters("P = 1"), setup()) == ["tiny: the parameters cell must assign PROFILE"]
    assert found(parameters("PROFILE = = 1"), setup()) == ["tiny: the parameters cell must assign PROFILE"]


def test_a_chapter_says_its_title_its_minutes_and_its_data_sets():
    nb = cells.chapter()
    nb.metadata["coursekit"] = {"title": "Tiny", "minutes": "an hour"}
    assert faults.problems(nb, "tiny") == [
        "tiny: metadata.coursekit.minutes must be a whole number, got 'an hour'",
        "tiny: metadata.coursekit.datasets must be a list, got None",
    ]


def test_the_points_of_a_question_are_those_of_its_test_cells():
    assert notebooks.questions(cells.tiny()) == {"double": 3, "total": 2}
    assert notebooks.hand_graded(cells.tiny()) == {"why": 3}


def test_secret_lines_are_solutions_hidden_tests_and_rubrics_that_stand_nowhere_in_the_open():
    nb = cells.tiny()
    nb.cells.append(cells.prose("It is the same as\n\n    return sum(xs)"))
    secret = {line for line in notebooks.secret_lines(nb) if "BEGIN" not in line and "END" not in line}
    assert secret == {
        "twice = x + x",
        "return twice",
        "assert double(-7.5) == -15.0",
        "assert total([]) == 0, 'nothing is 0'",
        "Because.",
        "One point a reason.",
    }


def test_a_submission_has_the_answers_in_place_and_leaves_the_released_notebook_alone():
    released = cells.tiny()
    nb = sample_submissions.submission(released, {"double": "double = lambda x: 2 * x"})
    assert nb.cells[5].source == "double = lambda x: 2 * x"
    assert nb.cells[8].source == released.cells[8].source
    assert released.cells[5].source.startswith("def double")


def test_an_answer_to_no_question_is_refused():
    with pytest.raises(CourseError, match="no question 'triple'; the notebook asks: double, total, why"):
        sample_submissions.submission(cells.tiny(), {"triple": "1"})


@pytest.fixture(scope="module")
def published():
    """The student edition of the small chapter with something printed by every code cell."""
    source = cells.tiny()
    for cell in source.cells:
        if cell.cell_type == "code":
            executed(cell, printed(f"out of {cell.metadata.get('nbgrader', {}).get('grade_id')}"))
    source.cells[5].metadata.nbgrader["checksum"] = "abc"
    source.cells[3].outputs = [figure("Curves that rise to 0.97.")]
    source.cells.insert(
        2, executed(new_code_cell("PROFILE = 'quick'", metadata={"tags": ["injected-parameters"]}))
    )
    source.metadata["papermill"] = {"input_path": "/somewhere"}
    return edition.student_edition(source)


def test_the_student_edition_holds_no_secret_line(published):
    text = "\n".join(cell.source for cell in published.cells)
    assert not [line for line in notebooks.secret_lines(cells.tiny()) if line in text]
    assert "raise NotImplementedError()" in published.cells[5].source
    assert published.cells[10].source == "YOUR ANSWER HERE"


def test_the_student_edition_keeps_the_outputs_of_studies_only(published):
    kept = [notebooks.role(cell) for cell in published.cells if cell.get("outputs")]
    assert kept == ["parameters", "setup", "study"]


def test_the_student_edition_drops_what_tensorflow_notes_at_import_and_keeps_warnings():
    nb = cells.tiny()
    note = "I0000 00:00:1795226158.700001 21167 port.cc:153] oneDNN custom operations are on.\n"
    head = "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
    warning = "UserWarning: the learning rate is high\n"
    executed(
        nb.cells[2],
        *(new_output("stream", name="stderr", text=text) for text in (head + note, note + warning)),
    )
    shown = edition.student_edition(nb).cells[2].outputs
    assert [output.text for output in shown] == [warning]


def test_the_student_edition_tells_nothing_about_how_it_was_executed(published):
    assert "papermill" not in str(published)
    assert "checksum" not in str(published)
    assert len(published.cells) == len(cells.tiny().cells)


def test_the_alt_text_of_a_figure_moves_to_where_the_site_looks_for_it(published):
    assert published.cells[3].metadata["mystnb"]["image"]["alt"] == "Curves that rise to 0.97."
    assert "mystnb" not in published.cells[2].metadata


def test_a_banner_follows_the_title_only_when_the_data_are_not_the_real_ones(published):
    assert "SAMPLE" not in str(published)
    nb = cells.tiny()
    nb.metadata.coursekit["data"] = [{"banner": ""}, {"banner": "SAMPLE DATA: connect to the internet."}]
    stand_in = edition.student_edition(nb)
    assert stand_in.cells[0].source == "# Tiny"
    assert stand_in.cells[1].source == "> **SAMPLE DATA: connect to the internet.**"


def test_a_student_edition_is_a_new_notebook_and_the_executed_one_stays_as_it_was():
    nb = cells.tiny()
    edition.student_edition(nb)
    assert nb == cells.tiny() | {"cells": nb.cells}
    assert "twice = x + x" in nb.cells[5].source


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"not json", "Notebook does not appear to be JSON"),
        (b'{"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "'int' object is not iterable"),
        (
            b'{"cells": [], "nbformat": 4, "nbformat_minor": 5}',
            "The notebook is invalid and is missing an expected key: metadata",
        ),
        (b"\xff", "'utf-8' codec can't decode"),
    ],
)
def test_a_file_that_is_no_notebook_is_named(tmp_path, content, reason):
    path = tmp_path / "broken.ipynb"
    path.write_bytes(content)
    with pytest.raises(CourseError) as failure:
        notebooks.read(path)
    assert str(failure.value).startswith(f"{path}: not a valid notebook: {reason}")


@pytest.mark.parametrize("ids", [("a", "a"), ("a", None)])
def test_a_notebook_whose_cells_have_no_ids_of_their_own_is_refused(tmp_path, ids):
    path = cells.write(tmp_path, "tiny", cells.notebook(cells.prose("1"), cells.prose("2")))
    nb = json.loads(path.read_text())
    for cell, name in zip(nb["cells"], ids, strict=True):
        cell.pop("id") if name is None else cell.update(id=name)
    path.write_text(json.dumps(nb))
    with pytest.raises(CourseError, match=r"not a valid notebook: .*(Non-unique cell id|missing an id)"):
        notebooks.read(path)


@pytest.mark.parametrize("ids", [("a", "a"), ("a", None)])
def test_what_nbgrader_takes_is_read_where_the_notebook_need_not_be_a_chapter(tmp_path, ids):
    path = cells.write(tmp_path, "tiny", cells.notebook(cells.prose("1"), cells.prose("2")))
    nb = json.loads(path.read_text())
    for cell, name in zip(nb["cells"], ids, strict=True):
        cell["unknown to the schema"] = True
        cell.pop("id") if name is None else cell.update(id=name)
    path.write_text(json.dumps(nb))
    read = notebooks.read(path, strict=False)
    assert [cell.source for cell in read.cells] == ["1", "2"]
    assert len({cell.id for cell in read.cells}) == 2


def test_a_missing_notebook_is_named(tmp_path):
    with pytest.raises(CourseError, match=r"gone\.ipynb: no such notebook"):
        notebooks.read(tmp_path / "gone.ipynb")


@pytest.fixture
def answers_file(tmp_path):
    def write(text):
        path = tmp_path / "tiny.py"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_answers_are_read_with_their_points_reasons_and_code(answers_file):
    found = answers.read_answers(answers_file(cells.TINY_ANSWERS))
    assert [(a.question, a.right, a.points) for a in found] == [
        ("double", True, 3),
        ("double", True, 3),
        ("double", False, 1),
        ("total", True, 2),
        ("total", False, 0),
    ]
    assert found[1].code == "double = lambda x: 2 * x"
    assert found[2].why == "rounds"
    assert found[0].line == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "no answers; expected"),
        ("import os\n# %% a | right | 1 | why\nx", "line 1: code above the first `# %%` line: 'import os'"),
        ("# %% a | right | 1\nx", "line 1: expected `# %% <question> | right or wrong"),
        ("# %% a | right | 1 | \nx", "line 1: expected `# %% <question> | right or wrong"),
        ("#\n# %% a | maybe | 1 | why\nx", "line 2: expected right or wrong, got 'maybe'"),
        ("# %% a | right | many | why\nx", "line 1: expected points of 0 or more, got 'many'"),
        ("# %% a | right | -1 | why\nx", "line 1: expected points of 0 or more, got '-1'"),
        ("# %% a | right | nan | why\nx", "line 1: expected points of 0 or more, got 'nan'"),
        ("# %% a | right | 1 | why\n\n# %% b | right | 1 | why\nx", "line 1: no code follows"),
        ("# %% a | right | 1 | why\ndef f(:\n", "line 2: invalid syntax"),
    ],
)
def test_a_fault_in_the_answers_names_file_and_line(answers_file, text, expected):
    path = answers_file(text)
    with pytest.raises(CourseError) as failure:
        answers.read_answers(path)
    assert str(failure.value).startswith(str(path))
    assert expected in str(failure.value)
