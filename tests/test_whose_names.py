"""What a test uses is the course's where the course defines it, whatever a submission does; the rest crosses as is."""

import subprocess

import nbformat
import pytest
from fixtures import cells
from fixtures.courses import make_course, release
from nbformat.v4 import new_code_cell

from coursekit.staff.grading import grade, submitted

SQUARE = "def square(x):\n    return x * x"
GRID = "def grid(n):\n    return [[0] * n for _ in range(n)]"
COUNT = "def count():\n    n = 0\n    while True:\n        yield n\n        n += 1"
RIGHT = {"square": SQUARE, "grid": GRID, "count": COUNT}
WRONG = "def square(x):\n    return 5\n"
TESTS = {
    "defines-near": "assert square(3) == 9\n\n\ndef near(a, b):\n    return abs(a - b) < 1e-9",
    "uses-near": "assert near(square(4), 16)",
    "uses-same": "assert same(square(5), 25)",
    "has-a-reference": "def reference(x):\n    return x**2\n\n\nassert square(7) == reference(7)",
    "uses-an-import": "assert_allclose(square(5), 25)",
    "calls-a-helper": "assert nine() == 9",
    "has-threads": """from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(4) as threads:
    assert list(threads.map(square, range(200))) == [x * x for x in range(200)]""",
    "needs-no-loop": "import inspect\n\nassert 'for' not in inspect.getsource(square)",
}


def source():
    by_square = [cells.test(name, text) for name, text in TESTS.items()]
    helper = cells.setup("def same(a, b):\n    return a == b")
    helper.metadata.nbgrader.grade_id = "helper"
    return cells.notebook(
        cells.setup("def nine():\n    return square(3)"),
        new_code_cell("from numpy.testing import assert_allclose"),
        cells.solution("square", f"### BEGIN SOLUTION\n{SQUARE}\n### END SOLUTION"),
        *by_square[:2],
        helper,
        *by_square[2:],
        cells.solution("grid", f"### BEGIN SOLUTION\n{GRID}\n### END SOLUTION"),
        cells.test("rows", "rows = grid(2)\nrows[0][0] = 1\nassert rows == [[1, 0], [0, 0]]"),
        cells.solution("count", f"### BEGIN SOLUTION\n{COUNT}\n### END SOLUTION"),
        cells.test(
            "endless", "import itertools\n\nassert list(itertools.islice(count(), 5)) == [0, 1, 2, 3, 4]"
        ),
    )


def named(nb, name):
    return next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def moves_the_helper(nb):
    named(nb, "square").source = WRONG + "near = same = lambda a, b: True"
    helper = named(nb, "helper")
    nb.cells.remove(helper)
    nb.cells.append(helper)


def replaces_the_import(nb):
    named(nb, "square").source = WRONG
    nb.cells[1].source = "def assert_allclose(*values):\n    pass"


def asks_the_reference(nb):
    named(nb, "square").source = "reference = 1\n\n\ndef square(x):\n    return reference(x)"


def shares_one_row(nb):
    named(nb, "grid").source = "def grid(n):\n    return [[0] * n] * n"


def counts_to_three(nb):
    named(nb, "count").source = "def count():\n    yield from range(3)\n    raise ValueError"


def takes_all_time(nb):
    nb.cells += [new_code_cell("import time\ntime.sleep(0.9)") for _ in range(15)]
    for name in ("count", "endless"):
        cell = named(nb, name)
        nb.cells.remove(cell)
        nb.cells.append(cell)


SUBMISSIONS = {
    f.__name__: f
    for f in (
        moves_the_helper,
        replaces_the_import,
        asks_the_reference,
        shares_one_row,
        counts_to_three,
        takes_all_time,
    )
}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What each submission got: by student, the names of the tests that it passed."""
    course = make_course(
        tmp_path_factory.mktemp("names") / "course",
        {"names": {"names": source()}},
        "c.ExecutePreprocessor.timeout = 1",
    )
    release(course, "names")
    for student, change in {"right": lambda nb: None, **SUBMISSIONS}.items():
        nb = nbformat.read(course / "release" / "names" / "names.ipynb", as_version=4)
        for name, answer in RIGHT.items():
            named(nb, name).source = answer
        change(nb)
        path = course / "submitted" / student / "names" / "names.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(nb, path)
    return grade.grade_class(course, "names", jobs=2)


@pytest.fixture
def passed(report):
    return lambda student: {
        q["question"] for q in report["students"][student]["questions"] if q["points"] == q["maximum"]
    }


def test_right_answers_pass_but_where_a_test_reads_their_source(passed):
    assert passed("right") == {*TESTS, "rows", "endless"} - {"needs-no-loop"}


@pytest.mark.parametrize("student", ["moves_the_helper", "replaces_the_import", "asks_the_reference"])
def test_a_wrong_answer_passes_no_test_whatever_else_the_notebook_defines(passed, student):
    assert passed(student) == {"rows", "endless"}


def test_a_cell_of_the_course_that_was_moved_down_is_moved_up_again_and_the_student_told(report):
    notes = report["students"]["moves_the_helper"]["notes"]
    assert notes == [
        "names: cell 'helper' stood below cells of the course that come after it and was moved above them"
    ]


def test_a_list_that_holds_one_row_twice_is_told_from_one_with_two_rows(passed):
    assert "rows" not in passed("shares_one_row")


def test_an_iterator_that_ends_early_or_fails_is_no_endless_one(passed):
    assert "endless" not in passed("counts_to_three")


def test_a_notebook_that_takes_all_its_time_keeps_the_points_from_before(report, passed):
    assert passed("takes_all_time") == passed("right") - {"endless"}
    reasons = {q["question"]: q["reason"] for q in report["students"]["takes_all_time"]["questions"]}
    assert reasons["endless"] == "not run: the notebook had used up its 12 seconds"


def test_folders_nested_a_thousand_deep_are_left_out_and_named(tmp_path):
    folder = tmp_path / "submission"
    subprocess.run(["mkdir", "-p", str(folder / ("a/" * 1000))], check=True)
    (folder / "a" / "data.txt").write_text("here")
    try:
        notes = []
        assert submitted.files(folder, notes) == {"a/data.txt": b"here"}
        assert len(notes) == 1 and notes[0].endswith("nested too deep; what is below was left out")
    finally:
        subprocess.run(["rm", "-r", str(folder)], check=True)  # shutil.rmtree gives up as Path.rglob does
