"""What a test uses is the course's where the course defines it, whatever a submission does; the rest crosses as is."""

import subprocess

import nbformat
import pytest
from fixtures import cells
from fixtures.courses import hand_in, make_course, release
from nbformat.v4 import new_code_cell

from coursekit.notebooks import CourseError
from coursekit.staff.grading import grade, names, submitted
from coursekit.staff.sandbox import examine

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


# --- whose a name is ---

LOOPS = "for x in range(2):\n    pass\nwith open('/dev/null') as y:\n    pass\nsquares = [z * z for z in range(3)]"
OWNED = {
    "uses-an-ordinary-function": "check(root(4), 2)",
    "uses-an-ordinary-constant": "assert abs(root(9) - 3) < EPS",
    "uses-a-locked-name": "assert root(x) == 4 and root(y) == 5 and root(z) == 6",
    "binds-a-name-of-an-answer": "total = 40 + 2\nassert add(40, 2) == total",
    "uses-a-placeholder": "assert model == 7",
    "takes-a-name-by-comment": "# coursekit: takes table\nassert table == [1, 2, 3]",
    "rebinds-without-a-comment": "kept = one\none = lambda: 10\nassert two() == 11\none = kept",
    "rebinds-by-comment": "# coursekit: rebinds one\nkept = one\none = lambda: 10\nassert two() == 11",
    "finds-the-name-put-back": "assert two() == 2",
    "deletes": "kept = one\ndel one\ntry:\n    two()\nexcept NameError:\n    pass\nelse:\n    assert False",
    "finds-the-name-undeleted": "assert two() == 2",
}
ROOT = "def root(v):\n    return v ** 0.5"
ADD = "total = 0\n\n\ndef add(a, b):\n    return a + b"
OWNED_ANSWERS = {
    "root": f"{LOOPS}\n{ROOT}",
    "add": ADD,
    "model": "model = 7\ntable = table + [3]",
    "two": "def one():\n    return 1\n\n\ndef two():\n    return one() + 1",
}


def owned():
    return cells.notebook(
        cells.setup("x, y, z = 16, 25, 36\nmodel = None\ntable = [1, 2]"),
        new_code_cell("EPS = 1e-9\n\n\ndef check(got, want):\n    assert abs(got - want) < EPS"),
        *(
            cells.solution(name, f"### BEGIN SOLUTION\n{text}\n### END SOLUTION")
            for name, text in OWNED_ANSWERS.items()
        ),
        *(cells.test(name, text) for name, text in OWNED.items()),
    )


def replaces_ordinary_cells(nb):
    nb.cells[1].source = "EPS = 1e9\n\n\ndef check(*values):\n    pass"
    named(nb, "root").source = "def root(v):\n    return -1"


def deletes_ordinary_cells(nb):
    del nb.cells[1]


def replaces_locked_names(nb):
    loop = "for x, y, z in [('4', '5', '6')]:\n    pass\n"
    named(nb, "root").source = f"{loop}\n\ndef root(v):\n    return int(v) if v in ('4', '5', '6') else 0"


def returns_what_the_test_bound(nb):
    named(nb, "add").source = "total = 0\n\n\ndef add(a, b):\n    return total"


@pytest.fixture(scope="module")
def owned_report(tmp_path_factory):
    """What these got; nobody looked first whether the reference deserves everything, which it does not get."""
    course = make_course(tmp_path_factory.mktemp("owned") / "course", {"names": {"names": owned()}})
    release(course, "names")
    students = (
        replaces_ordinary_cells,
        deletes_ordinary_cells,
        replaces_locked_names,
        returns_what_the_test_bound,
    )
    for change in students:
        nb = nbformat.read(course / "release" / "names" / "names.ipynb", as_version=4)
        for name, answer in OWNED_ANSWERS.items():
            named(nb, name).source = answer
        change(nb)
        path = course / "submitted" / change.__name__ / "names" / "names.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(nb, path)
    return grade.grade_class(course, "names", jobs=2)


def lost(report, student):
    return {q["question"]: q["reason"] for q in report["students"][student]["questions"] if not q["points"]}


def test_who_replaces_helpers_and_constants_of_ordinary_cells_gains_nothing(owned_report):
    assert {"uses-an-ordinary-function", "uses-an-ordinary-constant"} <= set(
        lost(owned_report, "replaces_ordinary_cells")
    )


def test_who_deletes_an_ordinary_cell_loses_nothing(owned_report):
    assert set(lost(owned_report, "deletes_ordinary_cells")) == {"rebinds-without-a-comment"}


def test_loop_variables_of_the_reference_replace_no_name_of_a_locked_cell(owned_report):
    assert "uses-a-locked-name" in lost(owned_report, "replaces_locked_names")


def test_a_name_that_a_test_assigns_itself_does_not_reach_the_student(owned_report):
    assert "binds-a-name-of-an-answer" in lost(owned_report, "returns_what_the_test_bound")


def test_whose_a_name_is_that_both_bind_is_said_and_can_be_decided_by_a_comment(owned_report):
    [rebound] = owned_report["warnings"]
    assert "cell 'rebinds-without-a-comment': the answer does not see what the test binds to 'one'" in rebound
    assert "`# coursekit: rebinds one`" in rebound
    test = new_code_cell("assert table == [1, 2, 3]")
    trees = {"setup": "table = [1, 2]", "answer": "table = table + [3]", "test": test.source}
    kinds = {"setup": "course", "answer": "answer", "test": "test"}
    found = names.owners("nb", [names.Cell(n, kinds[n], names.ast.parse(t)) for n, t in trees.items()])
    assert found.by_test == {"test": frozenset()}
    assert "nb, cell 'test': 'table' is the course's, which cell 'setup' binds" in found.warnings[0]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = b, (c, *d) = 1, (2, 3)\ne: int = 1\nf += 1\ndef g(): h = 1\nclass I: j = 1", "abcdefgI"),
        ("if a:\n    b = 1\nelse:\n    with c as d:\n        e = 1", "be"),
        ("for a in b: pass\n[c for c in d]\n(e := 1)\nimport f\ng.h = 1\ni[0] = 1\nj: int", ""),
        ("try:\n    a = 1\nexcept E as b:\n    c = 1\nfinally:\n    d = 1", "acd"),
    ],
)
def test_only_def_class_and_assignment_make_a_name_an_answers(source, expected):
    assert names.assigned(names.ast.parse(source).body) == set(expected)


@pytest.mark.parametrize(
    ("setup", "answer", "students"),
    [
        ("import math", "raise NotImplementedError()", {"a"}),
        ("import math", "b = 1", {"b"}),
        ("from math import *", "raise NotImplementedError()", set()),
        ("import math\na = 1", "# YOUR CODE HERE", set()),
    ],
)
def test_where_the_source_holds_no_answer_a_name_that_nobody_binds_is_the_students(setup, answer, students):
    sources = {"course": setup, "answer": answer, "test": "assert a == math.floor(abs(1))"}
    found = names.owners("nb", [names.Cell(kind, kind, names.ast.parse(s)) for kind, s in sources.items()])
    assert found.students == students


# --- processes that are replaced, and what crosses, without a course ---


def graded(*sources, answers=(), in_place=True, **more):
    """The verdicts on the tests among these cells: a text is a cell of the student's, a tuple (of one) a test."""
    run = [
        {"kind": "test", "source": s[0], "name": f"test {n}", "answers": list(answers), "in_place": in_place}
        if isinstance(s, tuple)
        else {"kind": "theirs", "source": s, "name": f"cell {n}"}
        for n, s in enumerate(sources)
    ]
    task = examine.new_task(
        cells=run, answers=answers, imports=["numpy", *more.pop("imports", ())], timeout=20
    )
    done = examine.examine(task)["cells"]
    return [cell["verdict"] for cell in done if "verdict" in cell]


def failures(verdicts):
    return [verdict["fault"] or (verdict["error"] or {}).get("text", "") for verdict in verdicts]


def test_one_crash_costs_one_test_and_a_stand_in_from_before_calls_the_same_function():
    verdicts = graded(
        "def a(): return 'a'\ndef b(): return 'b'\ndef c(): return 'c'",
        "import os\ndef boom(): os._exit(1)\ndef inner():\n    def secret(): return 1\n    return secret",
        ("held, kept, nameless = [c], b, inner()\nassert (c(), b(), nameless()) == ('c', 'b', 1)",),
        ("boom()",),
        ("assert a() == 'a'",),
        ("assert kept() == 'b' and held[0]() == 'c' and a() == 'a'",),
        ("nameless()",),
        ("assert kept() == 'b'",),
        answers=("a", "b", "c", "boom", "inner"),
    )
    said = failures(verdicts)
    assert [bool(why) for why in said] == [False, True, False, False, True, False]
    assert said[1].startswith("while the answer ran: ")
    assert said[4] == (
        "secret(...): the answer's process ended since the test got this function, which has no name of its own in "
        "the notebook"
    )


def test_nobody_restarts_for_a_name_that_was_never_defined_and_once_for_one_that_a_call_took(monkeypatch):
    ended = []
    end = examine._SubmissionRun._end
    monkeypatch.setattr(
        examine._SubmissionRun, "_end", lambda run, role: (ended.append(role), end(run, role))[1]
    )
    verdicts = graded(
        "def f(): return 1\ndef g(): return 2\ndef spoil():\n    del globals()['g']",
        ("assert f() == 1",),
        ("assert f() == 1\nnever",),
        ("assert f() == 1\nnever",),
        ("spoil()",),
        ("assert g() == 2",),
        answers=("f", "g", "never", "spoil"),
    )
    assert [bool(why) for why in failures(verdicts)] == [False, True, True, False, False]
    assert ended.count("student") == 2  # once for g, once at the end


@pytest.mark.parametrize(
    "test",
    ["assert callable(thing)", "assert not callable(thing)", "assert thing is not None", "type(thing)"],
)
def test_what_cannot_cross_fails_a_test_with_the_reason_whatever_it_asks(test):
    [why] = failures(graded("class Thing: pass\nthing = Thing()", (test,), answers=["thing"]))
    assert why.startswith("thing is an object of type Thing")


IN_PLACE = """
import collections
import numpy as np
import pandas as pd

xs = [3, 1]
inside({'a': xs, 'b': (xs, [xs])})
assert xs == [3, 1, 9]
ys, d = [1], collections.deque([1])
both = {'k': ys}
pair(ys, both, d)
assert both['k'] is ys and ys == [1, 2] and list(d) == [1, 5] and both['new'] is ys
a = np.zeros(4)
part(a[1:3], a)
assert a.tolist() == [0, 7, 7, 1]
df, s = pd.DataFrame({'v': [2, 1]}), pd.Series([1.0, 2.0], name='s')
same = df
table(df, s)
assert same is df and df['w'].tolist() == [1, 2] and df['v'].tolist() == [1, 2]
assert s.tolist() == [5.0, 2.0] and s.name == 's'
"""


def test_what_changes_in_place_is_seen_under_every_name_in_views_and_in_tables():
    answers = """
def inside(d):
    assert d['a'] is d['b'][0] is d['b'][1][0]
    d['a'].append(9)
def pair(ys, both, d):
    ys.append(2), d.append(5)
    both['new'] = both['k']
def part(view, whole):
    view[:] = 7
    assert whole[1] == 7
    whole[3] = 1
def table(df, s):
    df.sort_values('v', inplace=True)
    df['w'] = [1, 2]
    s.iloc[0] = 5.0
"""
    functions = ("inside", "pair", "part", "table")
    assert failures(graded(answers, (IN_PLACE,), answers=functions, imports=["pandas"])) == [""]


CHANGED_BEFORE_A_CALL = """
def slope(score, xs):
    xs[0] += 1
    up = score(xs)
    xs[0] -= 1
    return up - score(xs)
def twice(f, xs):
    xs.append(f(xs))
    xs.append(f(xs))
def first(xs, f):
    xs[0] = 5
    return f(xs)
"""


def test_a_function_of_the_tests_gets_an_argument_as_the_answer_has_changed_it():
    seen = """
xs = [1, 2]
assert slope(sum, xs) == 1 and xs == [1, 2]
assert twice(len, xs) is None and xs == [1, 2, 2, 3]
ys = [1, 2]
assert first(ys, lambda zs: slope(sum, [3]) + sum(zs)) == 8 and ys == [5, 2]
"""
    verdicts = graded(CHANGED_BEFORE_A_CALL, (seen,), answers=("slope", "twice", "first"))
    assert failures(verdicts) == [""]


def test_the_test_keeps_its_own_argument_where_it_does_not_ask_for_changes():
    unseen = """
xs = [1, 2]
assert slope(lambda ys: sum(ys), xs) == 1
assert first(xs, lambda ys: ys[0]) == 5 and xs == [1, 2]
"""
    answers = ("slope", "first")
    verdicts = graded(CHANGED_BEFORE_A_CALL, (unseen,), answers=answers, in_place=False)
    assert failures(verdicts) == [""]


# --- tests are proved before a class is graded ---


def proved_course(root, *more):
    """A course with one question, a right answer handed in, and more tests."""
    nb = cells.notebook(
        cells.answer("double", "    return 2 * x", before="def double(x):\n"),
        cells.test("double-test-1", "assert double(2) == 4"),
        *more,
    )
    course = make_course(root / "course", {"names": {"names": nb}})
    hand_in(course, "ada", "names", {"double": "def double(x): return x + x"}, notebook="names")
    return course


def test_a_class_is_graded_once_the_reference_and_the_blank_release_got_what_they_deserve(
    tmp_path, monkeypatch
):
    course = proved_course(tmp_path, cells.manual("why", "Because."))
    report = grade.grade_class(course, "names", jobs=2, prove=True)
    assert report["proved"] and list(report["students"]) == ["ada"]
    assert report["students"]["ada"]["points"] == 1
    assert [path.name for path in (course / "autograded").iterdir()] == ["ada"]
    monkeypatch.setattr("coursekit.staff.grading.prove.Proof.before", None)  # it is not done twice
    assert grade.grade_class(course, "names", jobs=2, prove=True, force=True)["proved"]


def test_a_test_that_the_reference_fails_or_the_blank_release_passes_stops_the_grading_with_its_name(
    tmp_path,
):
    course = proved_course(
        tmp_path, cells.test("double-test-2", "assert double(2) == 5"), cells.test("double-test-3", "pass", 2)
    )
    with pytest.raises(CourseError) as stopped:
        grade.grade_class(course, "names", jobs=2, prove=True)
    lines = str(stopped.value).splitlines()
    assert lines[0] == "names: nobody was graded, because these tests are not fair:"
    assert lines[1].startswith(
        "  names, cell 'double-test-2': the reference answer gets 0 of 1 points: AssertionError"
    )
    assert lines[2] == (
        "  names, cell 'double-test-3': without any answer there are 2 of 2 points, so everybody gets them"
    )
    assert "--unproved" in lines[3] and len(lines) == 4
    assert not (course / "autograded").exists()
    report = grade.grade_class(course, "names", jobs=2)
    assert report["proved"] is False and report["students"]["ada"]["points"] == 3
