"""Grading a class: what is taken, what answers and tests can do, what it costs, and what happens when things break."""

import contextlib
import copy
import dataclasses
import errno
import json
import os
import pickle
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import nbformat
import pytest
from fixtures import cells
from fixtures.courses import (
    RIGHT,
    SETUP,
    WRONG,
    double,
    earned,
    entered,
    hand_in,
    make_course,
    reasons,
    save,
    write,
)

from coursekit.notebooks import CourseError, is_test
from coursekit.staff.course import RESULT, find_course
from coursekit.staff.grading import grade, gradebook, model, pool, regrade, submission
from coursekit.staff.grading.plan import PLACES

# --- what crosses between answers and tests ---

# By name: an answer, a test that it passes, and an answer that does not.
CROSSING = {
    "prints": ("def f(x):\n    print('at', x)\n    return x", "assert f(3) == 3", "def f(x):\n    print(x)"),
    "warns": (
        "import warnings\ndef f(x):\n    warnings.warn('careful')\n    return x",
        "assert f(3) == 3",
        "import warnings\ndef f(x):\n    warnings.warn('careful')",
    ),
    "logs": (
        "import logging, sys\ndef f(x):\n    logging.error('at %s', x)\n    print(x, file=sys.stderr)\n    return x",
        "assert f(3) == 3",
        "import logging\ndef f(x):\n    logging.error(x)",
    ),
    "plots": (
        "import matplotlib.pyplot as plt\ndef f(xs):\n    plt.plot(xs)\n    plt.show()\n    return len(xs)",
        "assert f([1, 2]) == 2",
        "def f(xs): return 3",
    ),
    "numpy_scalars": (
        "import numpy as np\ndef f(xs): return np.mean(xs)",
        "assert f([1, 2]) == 1.5 and isinstance(f([1.0]), np.floating)",
        "def f(xs): return sum(xs)",
    ),
    "numpy_arrays": (
        "import numpy as np\ndef f(n): return np.arange(n, dtype='float32').reshape(2, -1)",
        "a = f(6)\nassert a.shape == (2, 3) and a.dtype == np.float32 and np.array_equal(a[1], [3, 4, 5])",
        "def f(n): return list(range(n))",
    ),
    "planted_random": (
        "import random\ndef f(): return random.random()",
        "import random\nrandom.seed(5)\ngot = f()\nrandom.seed(5)\nassert got == random.random()",
        "import random\ndef f():\n    random.seed(1)\n    return random.random()",
    ),
    "planted_numpy": (
        "import numpy as np\ndef f(): return np.random.normal(size=3)",
        "np.random.seed(7)\ngot = f()\nnp.random.seed(7)\nassert np.array_equal(got, np.random.normal(size=3))",
        "import numpy as np\ndef f(): return np.random.default_rng().normal(size=3)",
    ),
    "planted_twice": (
        "import numpy as np\ndef f(): return np.random.rand()",
        "np.random.seed(7)\na, b = f(), f()\nnp.random.seed(7)\nassert f() == a != b",
        "def f(): return 0.5",
    ),
    "random_generator": (
        "def f(rng): return rng.integers(1000)",
        "assert f(np.random.default_rng(3)) == np.random.default_rng(3).integers(1000)",
        "import numpy as np\ndef f(rng): return np.random.default_rng(4).integers(1000)",
    ),
    "function_of_the_test": (
        "def f(g, x): return g(g(x))",
        "assert f(lambda x: x + 1, 3) == 5\ncalls = []\nf(lambda x: calls.append(x) or x, 9)\nassert calls == [9, 9]",
        "def f(g, x): return g(x)",
    ),
    "function_of_the_answer": (
        "def f(n):\n    def add(x, *, twice=False):\n        return x + (2 * n if twice else n)\n    return add",
        "add = f(10)\nassert callable(add) and add(1) == 11 and add(1, twice=True) == 21 and f(1)(1) == 2",
        "def f(n): return n",
    ),
    "answer_for_answer": (
        "def f(g, xs): return [g(x) for x in xs]\ndef one_more(x): return x + 1",
        "assert f(one_more, [1, 2]) == [2, 3] and f(abs, [-1]) == [1] and f(np.sqrt, [4.0]) == [2.0]",
        "def f(g, xs): return xs\ndef one_more(x): return x + 1",
    ),
    "function_there_and_back": (
        "def f(g): return g",
        "def own(x): return -x\nassert f(own) is own and f(f)(own) is own",
        "def f(g): return lambda x: -x",
    ),
    "recursion_across": (
        "def f(g, n): return 1 if n == 0 else n * g(g, n - 1)",
        "def mine(g, n): return f(g, n)\nassert f(mine, 5) == 120",
        "def f(g, n): return n",
    ),
    "generator": (
        "def f(n):\n    for i in range(n):\n        yield i * i",
        "found = f(4)\nassert next(found) == 0 and list(found) == [1, 4, 9] and sum(f(3)) == 5",
        "def f(n):\n    yield n",
    ),
    "lazy": (
        "def f(xs): return map(str, xs)",
        "assert list(f([1, 2])) == ['1', '2']",
        "def f(xs): return map(float, xs)",
    ),
    "exception": (
        "def f(x):\n    if x < 0:\n        raise ValueError(f'{x} is negative')\n    return x",
        """
        assert f(1) == 1
        try:
            f(-1)
        except ValueError as error:
            assert str(error) == '-1 is negative'
        else:
            raise AssertionError('-1 should be refused')
        """,
        "def f(x):\n    if x < 0:\n        raise TypeError(x)\n    return x",
    ),
    "exception_of_its_own": (
        "class Empty(KeyError): pass\ndef f(x): raise Empty(x)",
        "try:\n    f('a')\nexcept KeyError as error:\n    assert 'Empty' in repr(error)\nelse:\n    assert False",
        "def f(x): raise IndexError(x)",
    ),
    "assertions_of_its_own": (
        "def f(x):\n    assert x > 0, 'positive, please'\n    return x",
        "assert f(1) == 1\ntry:\n    f(-1)\nexcept AssertionError as error:\n    assert 'positive' in str(error)",
        "def f(x): raise AssertionError('no')",
    ),
    "printed": (
        "def f(name): print('hello', name, sep=', ')",
        """
        import contextlib, io
        with contextlib.redirect_stdout(io.StringIO()) as said:
            f('ada')
        assert said.getvalue() == 'hello, ada\\n'
        """,
        "def f(name): print('hello')",
    ),
    "printed_to_stderr": (
        "import sys\ndef f(name): print(name, file=sys.stderr)",
        """
        import contextlib, io
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            f('ada')
        assert said.getvalue() == 'ada\\n'
        """,
        "def f(name): print(name)",
    ),
    "values": (
        "f = {'a': [1, (2.5, None)], 'b': {3}}",
        "assert f == {'a': [1, (2.5, None)], 'b': {3}}",
        "f = {}",
    ),
    "module": ("import math as f", "assert f.sqrt(4) == 2", "f = None"),
    "type_of_its_own": (
        "class Point:\n    pass\ndef f(x):\n    point = Point()\n    point.x = x\n    return point.x",
        "assert f(3) == 3",
        "class Point:\n    pass\ndef f(x):\n    return Point()",
    ),
    "keyword_arguments": (
        "def f(a, b=2, *rest, c, **more): return [a, b, rest, c, more]",
        "assert f(1, c=3) == [1, 2, (), 3, {}] and f(1, 2, 3, c=4, d=5) == [1, 2, (3,), 4, {'d': 5}]",
        "def f(a, c): return [a, 2, (), c, {}]",
    ),
    "signature": (
        "def f(first, second=1):\n    '''What it does.'''",
        """
        import inspect
        assert list(inspect.signature(f).parameters) == ['first', 'second']
        assert f.__name__ == 'f' and f.__doc__ == 'What it does.'
        """,
        "def f(second, first=1): pass",
    ),
    "rebound": (
        "def f(): return helper() + 1\ndef helper(): return 1",
        """
        assert f() == 2
        kept = helper
        del helper
        try:
            f()
        except NameError:
            pass
        else:
            assert False
        helper = kept
        assert f() == 2
        """,
        "def f(): return 2\ndef helper(): return 1",
    ),
    "replaced": (
        "def f(): return helper() + 1\ndef helper(): return 1",
        "# coursekit: rebinds helper\n"
        "kept = helper\ndef helper(): return 10\nassert f() == 11\nhelper = kept\nassert f() == 2",
        "def f(): return 2\ndef helper(): return 1",
    ),
    "in_place": (
        "def f(xs): xs.sort()",
        "# coursekit: in-place\nxs = [3, 1, 2]\nassert f(xs) is None and xs == [1, 2, 3]",
        "def f(xs): sorted(xs)",
    ),
    "array_in_place": (
        "def f(a): a *= 2",
        "# coursekit: in-place\na = np.ones(3)\nf(a)\nassert a.tolist() == [2, 2, 2]",
        "def f(a): return a * 2",
    ),
    "not_in_place": (
        "def f(xs): return xs.pop()",
        "xs = [1, 2]\nassert f(xs) == 2 and xs == [1, 2]",
        "def f(xs): pass",
    ),
    "changed_and_returned": (
        "def f(a):\n    a += 1\n    return a",
        "a = np.ones(2)\nassert f(a).tolist() == [2, 2] and a.tolist() in ([1, 1], [2, 2])",
        "def f(a): return a",
    ),
    "complex_number": ("def f(): return 1 + 2j", "assert f() == 1 + 2j", "def f(): return 1"),
    "pandas": (
        "import pandas\ndef f(rows): return pandas.DataFrame(rows).groupby('k')['v'].sum()",
        "assert f([{'k': 'a', 'v': 1}, {'k': 'a', 'v': 2}]).to_dict() == {'a': 3}",
        "def f(rows): return {'a': 4}",
    ),
}
# Points of a test worth 2 that ends with this value.
SHARES = {
    "1.5": 1.5,
    "0": 0.0,
    "np.float32(0.5)": 0.5,
    "np.int64(1)": 1.0,
    "2.0": 2.0,
    "None": 2.0,
    "'done'": 2.0,
    "True": 2.0,
    "float('nan')": 0.0,
    "-1": 0.0,
    "7": 2.0,
    "float('inf')": 2.0,
    "share()": 0.25,
}


def crossing():
    """A notebook with a question for each kind of thing that crosses, and a few tests that end with a number."""
    listed = [cells.setup(SETUP)]
    for name, (answer, test, _) in CROSSING.items():
        inside = textwrap.indent(answer, "")
        listed += [cells.solution(name, f"### BEGIN SOLUTION\n{inside}\n### END SOLUTION")]
        listed += [cells.test(f"{name}-test-1", textwrap.dedent(test).strip())]
    listed += [cells.solution("share", "### BEGIN SOLUTION\ndef share(): return 0.25\n### END SOLUTION")]
    listed += [cells.test(f"ends-{n}", f"assert share() < 1\n{value}", 2) for n, value in enumerate(SHARES)]
    return cells.notebook(*listed)


@pytest.fixture(scope="module")
def crossed(tmp_path_factory):
    """Somebody whose answers are right, somebody whose are wrong, and who did nothing. Not to be changed."""
    root = make_course(tmp_path_factory.mktemp("crossed") / "course", {"ps": {"ps": crossing()}})
    right = {name: answer for name, (answer, _, _) in CROSSING.items()}
    wrong = {name: answer for name, (_, _, answer) in CROSSING.items()}
    hand_in(root, "right", answers={**right, "share": "def share(): return 0.25"})
    hand_in(root, "wrong", answers={**wrong, "share": "def share(): return 1.0"})
    hand_in(root, "blank")
    return grade.grade_class(root, "ps", jobs=2)


@pytest.mark.parametrize("name", CROSSING)
def test_a_right_answer_passes_and_a_wrong_one_does_not(crossed, name):
    test = f"{name}-test-1"
    assert earned(crossed, "right")[test] == 1, reasons(crossed, "right")[test]
    assert earned(crossed, "wrong")[test] == 0
    assert earned(crossed, "blank")[test] == 0
    assert reasons(crossed, "wrong")[test] and reasons(crossed, "blank")[test]


@pytest.mark.parametrize("value", SHARES)
def test_a_test_that_ends_with_a_number_gives_so_many_points(crossed, value):
    test = f"ends-{list(SHARES).index(value)}"
    assert earned(crossed, "right")[test] == SHARES[value]
    reason = reasons(crossed, "right")[test]
    assert bool(reason) == (SHARES[value] < 2 or value in ("7", "float('inf')"))
    assert earned(crossed, "wrong")[test] == 0


def test_the_reasons_for_odd_numbers_of_points_say_what_came(crossed):
    said = {value: reasons(crossed, "right")[f"ends-{number}"] for number, value in enumerate(SHARES)}
    assert said["1.5"] == "partial credit: 1.5 of 2"
    assert said["float('nan')"] == "the test ended with nan, which is no number of points"
    assert said["-1"] == "the test ended with -1, which is no number of points"
    assert said["7"] == "the test ended with 7; counted as 2"


def test_a_right_submission_has_no_reason_and_no_note(crossed):
    result = crossed["students"]["right"]
    assert (result["reason"], result["notes"]) == ("", [])


def test_what_answers_print_is_kept_with_the_test(crossed):
    said = {q["question"]: q for q in crossed["students"]["right"]["questions"]}
    assert said["prints-test-1"]["output"] == "at 3\n"
    assert "careful" in said["warns-test-1"]["output"]
    assert said["prints-test-1"]["returned"] == "f(3) returned 3"
    assert said["exception-test-1"]["returned"] == "f(-1) raised ValueError: -1 is negative"


def test_an_answer_that_is_missing_is_named(crossed):
    assert "NameError: name 'f' is not defined" in reasons(crossed, "blank")["prints-test-1"]


# --- the report ---


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A course whose assignment is in the gradebook already; nobody has handed in. Not to be changed: copy it."""
    root = tmp_path_factory.mktemp("template") / "course"
    make_course(root, {"ps": {"ps": double(cells.manual("why", "Because."))}})
    gradebook.assignment(find_course(root), "ps")
    return root


@pytest.fixture
def root(template, tmp_path):
    """A copy of the course that a test may change."""
    return Path(shutil.copytree(template, tmp_path / "course"))


def test_the_report_says_everything_about_each_student_and_question(root):
    hand_in(root, "ada", answers=RIGHT)
    hand_in(root, "bob", answers={"double": "def double(x):\n    print('hi')\n    return x + 2"})
    report = grade.grade_class(root, "ps", jobs=1)
    assert {key: report[key] for key in ("assignment", "course", "isolation", "sandboxed", "maximum")} == {
        "assignment": "ps",
        "course": str(root),
        "isolation": "examiner",
        "sandboxed": True,
        "maximum": 3.0,
    }
    assert report["seconds"] > 0
    ada, bob = report["students"]["ada"], report["students"]["bob"]
    assert (ada["points"], ada["maximum"], ada["reason"], ada["notes"], ada["kept"]) == (
        3.0,
        3.0,
        "",
        [],
        False,
    )
    assert 0 < ada["seconds"] < 30 and 5 < ada["memory_mb"] < 2000
    [question] = bob["questions"]
    assert 0 <= question.pop("seconds") < 5
    assert question == {
        "notebook": "ps",
        "question": "double-test-1",
        "points": 0.0,
        "maximum": 3.0,
        "reason": "AssertionError (line 3: assert double(7) == 14)",
        "message": "A hidden test failed.",
        "hidden": True,
        "returned": "double(2) returned 4",
        "output": "",
    }


def test_the_result_beside_the_graded_notebook_is_what_the_report_says(root):
    hand_in(root, "ada", answers=WRONG)
    report = grade.grade_class(root, "ps")
    kept = json.loads((root / "autograded" / "ada" / "ps" / RESULT).read_text())
    assert (kept | {"kept": False}).items() <= report["students"]["ada"].items()
    assert (kept["student"], kept["assignment"], kept["isolation"], kept["sandboxed"]) == (
        "ada",
        "ps",
        "examiner",
        True,
    )


def test_the_graded_notebook_holds_the_answer_all_tests_and_what_they_showed(root):
    hand_in(root, "ada", answers={"double": "print('defining')\ndef double(x): return 5"})
    grade.grade_class(root, "ps")
    nb = nbformat.read(root / "autograded" / "ada" / "ps" / "ps.ipynb", as_version=4)
    nbformat.validate(nb)
    [_, answer, test, why] = nb.cells
    assert answer.outputs[0].text == "defining\n"
    assert "double(7) == 14" in test.source
    assert test.outputs[-1].ename == "AssertionError"
    assert why.source == "YOUR ANSWER HERE"


def test_the_summary_is_a_line_for_each_student_and_the_rate(root):
    hand_in(root, "ada", answers=RIGHT)
    hand_in(root, "bob", answers=WRONG)
    (root / "submitted" / "cyd" / "ps").mkdir(parents=True)
    lines = grade.summary(grade.grade_class(root, "ps")).splitlines()
    assert [line.split()[:3] for line in lines[2:-1]] == [["|", name, "|"] for name in ("ada", "bob", "cyd")]
    assert "lost points: double-test-1" in lines[3]
    assert "ps.ipynb: not handed in" in lines[4]
    assert lines[-1].startswith("ps: 3 graded in ") and lines[-1].endswith(" a minute")
    assert grade.summary(grade.grade_class(root, "ps")).splitlines()[-1].endswith(", 3 kept from before")


def test_only_the_students_asked_for_are_graded_each_once(root):
    for student in ("ada", "bob", "cyd"):
        hand_in(root, student, answers=RIGHT)
    report = grade.grade_class(root, "ps", ["bob", "ada", "bob"])
    assert sorted(report["students"]) == ["ada", "bob"]
    assert not (root / "autograded" / "cyd").exists()


def test_what_has_not_changed_is_kept_and_what_has_is_graded_again(root):
    for student in ("ada", "bob"):
        hand_in(root, student, answers=RIGHT)
    before = grade.grade_class(root, "ps")["students"]
    hand_in(root, "bob", answers=WRONG)
    report = grade.grade_class(root, "ps")["students"]
    assert report["ada"] == {**before["ada"], "kept": True}
    assert (report["bob"]["kept"], report["bob"]["points"]) == (False, 0.0)
    assert grade.grade_class(root, "ps", ["ada"], force=True)["students"]["ada"]["kept"] is False


def test_a_submission_and_its_result_travel_as_plain_data(root):
    hand_in(root, "ada", answers=RIGHT)
    course, plans = grade.prepare(root, "ps", isolation="examiner", sandboxed=True)
    sent = submission.read_submission(course, "ps", "ada", plans)
    travelled = pickle.loads(pickle.dumps((plans, sent)))
    [(back, graded)] = pool.Pool(1).map(travelled[0], iter([travelled[1]]))
    assert back == sent
    result = pickle.loads(pickle.dumps(graded)).result
    assert (result.points, result.maximum, result.reason) == (3.0, 3.0, "")
    assert model.Result.from_dict(json.loads(json.dumps(result.as_dict()))) == result


def test_a_record_in_which_something_is_missing_counts_for_nothing(root):
    hand_in(root, "ada", answers=RIGHT)
    before = grade.grade_class(root, "ps")["students"]["ada"]
    path = root / "autograded" / "ada" / "ps" / RESULT
    path.write_text(json.dumps({"key": before["key"], "points": 3.0}))
    assert grade.grade_class(root, "ps")["students"]["ada"]["kept"] is False


def changed_plan(plan, field):
    """The plan with another value in one field, or in one entry of its task."""
    if field in plan.task:
        value = plan.task[field]
        other = not value if isinstance(value, bool) else [*value, "x"] if isinstance(value, list) else value
        other = {**value, "x": 1} if isinstance(value, dict) else other
        other = value + 1 if isinstance(value, int | float) and not isinstance(value, bool) else other
        other = value + "x" if isinstance(value, str) else other
        return dataclasses.replace(plan, task={**plan.task, field: other})
    value = getattr(plan, field)
    if field == "master":
        other = copy.deepcopy(value)
        next(cell for cell in other.cells if is_test(cell)).source += "\nassert True"
    elif isinstance(value, dict):
        other = {**value, "x": []}
    else:
        other = (*value, "x") if isinstance(value, tuple) else value + "x"
    return dataclasses.replace(plan, **{field: other})


def test_the_digest_of_a_plan_covers_every_field_and_every_entry_of_its_task_but_where_the_course_lies(root):
    [plan] = grade.prepare(root, "ps", isolation="examiner", sandboxed=True)[1]
    fields = [field.name for field in dataclasses.fields(plan) if field.name != "task"]
    for field in [*fields, *plan.task]:
        assert (changed_plan(plan, field).digest == plan.digest) == (field in PLACES), field
    [again] = grade.prepare(root, "ps", isolation="examiner", sandboxed=True)[1]
    assert again.digest == plan.digest


def test_the_digest_of_a_plan_is_the_same_in_every_process(root):
    script = (
        "import pathlib, sys; from coursekit.staff.grading import grade\n"
        "plans = grade.prepare(pathlib.Path(sys.argv[1]), 'ps', isolation='examiner', sandboxed=True)[1]\n"
        "print([plan.digest for plan in plans])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script, str(root)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1


def test_a_course_that_gives_less_memory_than_before_grades_again(root):
    hand_in(root, "ada", answers=RIGHT)
    grade.grade_class(root, "ps")
    assert grade.grade_class(root, "ps")["students"]["ada"]["kept"] is True
    with (root / "nbgrader_config.py").open("a") as settings:
        settings.write("\nc.CoursekitGrader.memory_mb = 1500\n")
    assert grade.grade_class(root, "ps")["students"]["ada"]["kept"] is False


def test_a_student_who_is_in_the_folder_but_not_in_the_gradebook_is_graded_again(root):
    hand_in(root, "ada", answers=RIGHT)
    grade.grade_class(root, "ps")
    with find_course(root).gradebook() as book:
        book.remove_submission("ps", "ada")
    assert grade.grade_class(root, "ps")["students"]["ada"]["kept"] is False
    assert entered(root)["ada", "double-test-1"][0] == 3


def test_points_that_plain_nbgrader_gave_since_are_replaced(root):
    hand_in(root, "ada", answers=RIGHT)
    grade.grade_class(root, "ps")
    (root / "autograded" / "ada" / "ps" / RESULT).unlink()
    with find_course(root).gradebook() as book:
        book.find_grade("double-test-1", "ps", "ps", "ada").auto_score = 0
        book.db.commit()
    grade.grade_class(root, "ps")
    assert entered(root)["ada", "double-test-1"][0] == 3


# --- without an examiner, without a sandbox ---


def stacks():
    """A notebook whose test works on an object of the student's class, which cannot cross."""
    source = (
        "class Stack:\n    ### BEGIN SOLUTION\n    def __init__(self): self.items = []\n    ### END SOLUTION"
    )
    test = "stack = Stack()\nstack.items.append(1)\nassert isinstance(stack, Stack) and stack.items == [1]"
    return cells.notebook(
        cells.setup(SETUP), cells.solution("stack", source), cells.test("stack-test-1", test, 2)
    )


STACK = {"stack": "class Stack:\n    def __init__(self):\n        self.items = []"}


@pytest.fixture(scope="module")
def stack_course(tmp_path_factory):
    root = make_course(tmp_path_factory.mktemp("stack") / "course", {"ps": {"ps": stacks()}})
    hand_in(root, "ada", answers=STACK)
    hand_in(root, "bob", answers={"stack": "class Stack:\n    items = ()"})
    return root


def test_an_object_of_a_students_class_cannot_cross_and_the_reason_says_what_can(stack_course):
    report = grade.grade_class(stack_course, "ps")
    assert earned(report, "ada") == {"stack-test-1": 0}
    reason = reasons(report, "ada")["stack-test-1"]
    assert "an object of type Stack, which cannot be checked; what can: None, truth values" in reason


def test_in_one_kernel_it_can_and_the_report_says_that_this_is_not_tamper_proof(stack_course):
    report = grade.grade_class(stack_course, "ps", isolation="kernel")
    assert earned(report, "ada") == {"stack-test-1": 2}
    assert earned(report, "bob") == {"stack-test-1": 0}
    assert "'tuple' object has no attribute 'append'" in reasons(report, "bob")["stack-test-1"]
    assert report["isolation"] == "kernel" and report["students"]["ada"]["isolation"] == "kernel"
    assert report["sandboxed"] is True
    assert "isolation: one kernel for answers and tests, not tamper-proof" in grade.summary(report)


def test_one_kernel_is_as_confined_as_a_students_process(root):
    spy = "import os, socket\ndef double(x): return 2 * x if {} else 0"
    hand_in(
        root,
        "ada",
        answers={"double": spy.format("os.listdir('/proc/1/fd') and not os.path.exists('/etc/shadow')")},
    )
    hand_in(root, "bob", answers={"double": spy.format(f"os.path.exists({str(root)!r})")})
    report = grade.grade_class(root, "ps", isolation="kernel")
    assert (earned(report, "ada"), earned(report, "bob")) == ({"double-test-1": 3}, {"double-test-1": 0})


def test_an_unknown_isolation_is_an_error(root):
    with pytest.raises(CourseError, match="isolation is one of examiner, kernel, got 'docker'"):
        grade.grade_class(root, "ps", isolation="docker")


@pytest.fixture
def without_bubblewrap(monkeypatch, tmp_path):
    """A path of programs on which only Python's own lie."""
    path = [
        folder for folder in os.environ["PATH"].split(os.pathsep) if not (Path(folder) / "bwrap").exists()
    ]
    monkeypatch.setenv("PATH", os.pathsep.join(path))
    assert shutil.which("bwrap") is None


LISTING = """def double(x):
    import os
    return sorted(name for name in os.environ if name.startswith(("TOKEN", "WANTED", "TZ", "GIVEN")))"""


@pytest.mark.parametrize(
    ("named", "there"),
    [
        ("", ["TZ"]),
        ("c.CoursekitGrader.environment = ['WANTED', 'NOWHERE']\n", ["TZ", "WANTED"]),
        ("c.CoursekitGrader.environment = {'GIVEN': 'x'}\n", ["GIVEN", "TZ"]),
    ],
)
def test_variables_of_the_course_s_settings_reach_cells_only_if_they_are_named(tmp_path, named, there):
    setting = "import os\nos.environ.update(TOKEN='secret', WANTED='1', TZ='UTC')\n"
    test = LISTING.replace("double", "listing") + f"\nassert double(0) == listing(0) == {there!r}"
    nb = cells.notebook(
        cells.setup(SETUP),
        cells.answer("double", "    return []", before="def double(x):\n"),
        cells.test("double-test-1", test, 3),
    )
    root = make_course(tmp_path / "course", {"ps": {"ps": nb}}, config=setting + named)
    hand_in(root, "ada", answers={"double": LISTING})
    report = grade.grade_class(root, "ps")
    assert earned(report, "ada") == {"double-test-1": 3.0}, reasons(report, "ada")


def test_variables_that_are_no_names_stop_the_grading(tmp_path):
    root = make_course(
        tmp_path / "course", {"ps": {"ps": double()}}, config="c.CoursekitGrader.environment = 'TOKEN'\n"
    )
    hand_in(root, "ada", answers=RIGHT)
    with pytest.raises(CourseError, match=r"c\.CoursekitGrader\.environment: expected a list of names"):
        grade.grade_class(root, "ps")


def test_a_class_is_graded_where_the_course_lies_in_the_data_folder_without_seeing_it(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSEKIT_DATA_DIR", str(tmp_path))
    tmp_path.chmod(0o755)
    root = make_course(tmp_path / "course", {"ps": {"ps": double()}})
    seen = f"os.listdir({str(tmp_path)!r}) and not os.listdir({str(root)!r})"
    look = f"def double(x): import os; return 2 * x if {seen} else 0"
    hand_in(root, "ada", answers={"double": look})
    report = grade.grade_class(root, "ps")
    assert earned(report, "ada") == {"double-test-1": 3.0}, reasons(report, "ada")


def test_a_class_is_graded_with_data_in_the_course_folder_of_which_nothing_else_is_seen(root, monkeypatch):
    data = root / "_build" / "data"
    data.mkdir(parents=True)
    (data / "mnist.npz").write_text("pixels")
    (root / "_build" / "executed").mkdir()
    (root / "_build" / "executed" / "ps.ipynb").write_text("solution")
    monkeypatch.setenv("COURSEKIT_DATA_DIR", str(data))
    seen = f"[path for path, _, _ in os.walk({str(root)!r})][1:] == {[str(data.parent), str(data)]}"
    look = f"def double(x): import os; return 2 * x if {seen} and os.listdir({str(data)!r}) else 0"
    hand_in(root, "ada", answers={"double": look})
    report = grade.grade_class(root, "ps")
    assert earned(report, "ada") == {"double-test-1": 3.0}, reasons(report, "ada")


@pytest.mark.parametrize("data", ["source", "submitted/ada", "elsewhere/results", "answers", "_build/site"])
def test_data_among_solutions_and_submissions_stops_the_grading(tmp_path, monkeypatch, data):
    elsewhere = f"c.CourseDirectory.feedback_directory = {str(tmp_path / 'course' / 'elsewhere')!r}\n"
    root = make_course(tmp_path / "course", {"ps": {"ps": double()}}, config=elsewhere)
    (root / data).mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("COURSEKIT_DATA_DIR", str(root / data))
    hand_in(root, "bob", answers=RIGHT)
    with pytest.raises(CourseError, match="holds the course's own files; keep data apart"):
        grade.grade_class(root, "ps")


def test_without_bubblewrap_nothing_is_graded_and_the_package_is_named(root, without_bubblewrap):
    hand_in(root, "ada", answers=RIGHT)
    for function in (grade.grade_class, regrade.regrade_class):
        with pytest.raises(CourseError) as refused:
            function(root, "ps")
        assert "install the package bubblewrap" in str(refused.value)
        assert "--unsandboxed" in str(refused.value)
    assert not (root / "autograded").exists()


def test_unsandboxed_grading_works_and_marks_everything(root, without_bubblewrap):
    set_timeout(root, 2)
    hand_in(root, "ada", answers=RIGHT)
    hand_in(root, "bob", answers={"double": "import os\nos._exit(1)"})
    hand_in(root, "cyd", answers={"double": "def double(x):\n    while True: pass"})
    report = grade.grade_class(root, "ps", sandboxed=False)
    assert [earned(report, student)["double-test-1"] for student in ("ada", "bob", "cyd")] == [3, 0, 0]
    assert "took more than 2 seconds" in reasons(report, "cyd")["double-test-1"]
    assert report["sandboxed"] is False
    assert {result["sandboxed"] for result in report["students"].values()} == {False}
    assert json.loads((root / "autograded" / "ada" / "ps" / RESULT).read_text())["sandboxed"] is False
    assert "UNSANDBOXED: these submissions ran with your rights" in grade.summary(report)


def test_what_was_graded_unsandboxed_is_graded_again_with_a_sandbox(root):
    hand_in(root, "ada", answers=RIGHT)
    grade.grade_class(root, "ps", sandboxed=False)
    result = grade.grade_class(root, "ps")["students"]["ada"]
    assert (result["kept"], result["sandboxed"]) == (False, True)


# --- points by hand, lateness ---


def by_hand(root, student, cell, points):
    """Give points as formgrader does."""
    with find_course(root).gradebook() as book:
        entry = book.find_grade(cell, "ps", "ps", student)
        entry.manual_score, entry.needs_manual_grade = points, False
        book.db.commit()


def test_points_given_by_hand_survive_grading_and_somebody_is_to_look_again(root):
    hand_in(root, "ada", answers={**WRONG, "why": "Since."})
    grade.grade_class(root, "ps")
    assert entered(root) == {("ada", "double-test-1"): (0, None, 0), ("ada", "why"): (None, None, 1)}
    by_hand(root, "ada", "double-test-1", 2.5)
    by_hand(root, "ada", "why", 1)
    grade.grade_class(root, "ps")
    assert entered(root) == {("ada", "double-test-1"): (0, 2.5, 0), ("ada", "why"): (None, 1, 0)}
    grade.grade_class(root, "ps", force=True)
    assert entered(root) == {("ada", "double-test-1"): (0, 2.5, 1), ("ada", "why"): (None, 1, 1)}
    hand_in(root, "ada", answers={**RIGHT, "why": "Since."})
    grade.grade_class(root, "ps")
    assert entered(root) == {("ada", "double-test-1"): (3, 2.5, 1), ("ada", "why"): (None, 1, 1)}


LATE = '''
from nbgrader.plugins import BasePlugin


class AnHour(BasePlugin):
    """One point for each hour."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late // 3600
'''


def test_the_courses_late_policy_takes_its_points(root):
    write(root / "late_policy.py", LATE)
    with (root / "nbgrader_config.py").open("a") as config:
        config.write("import sys\nfrom pathlib import Path\nsys.path.append(str(Path(__file__).parent))\n")
        config.write("c.AssignLatePenalties.plugin_class = 'late_policy.AnHour'\n")
    with find_course(root).gradebook() as book:
        book.update_or_create_assignment("ps", duedate="2026-01-30 12:00:00 UTC")
    for student, hour in (("ada", 11), ("bob", 14), ("cyd", 20)):
        stamp = {"timestamp.txt": f"2026-01-30 {hour}:30:00 UTC"}
        hand_in(root, student, answers=RIGHT, files=stamp)
    grade.grade_class(root, "ps")
    with find_course(root).gradebook() as book:
        found = {s: book.find_submission("ps", s).late_submission_penalty for s in ("ada", "bob", "cyd")}
    assert found == {"ada": 0, "bob": 2, "cyd": 3}


# --- regrading ---


@pytest.fixture(scope="module")
def graded_template(tmp_path_factory):
    """A graded course with two questions, one of whose tests is wrong: it wants half of 3 to be 1."""
    half = [
        cells.answer("half", "    return x / 2", before="def half(x):\n"),
        cells.test("half-test-1", "assert half(2) == 1"),
        cells.test("half-test-2", "assert half(3) == 1, 'half of 3'", 2),
    ]
    root = make_course(tmp_path_factory.mktemp("graded") / "course", {"ps": {"ps": double(*half)}})
    halves = {
        "ada": "def half(x): return x / 2",
        "bob": "def half(x): return x // 2",
        "cyd": "def half(x): return 0",
    }
    for student, answer in halves.items():
        hand_in(root, student, answers={**RIGHT, "half": answer})
    grade.grade_class(root, "ps")
    return root


@pytest.fixture
def two_questions(graded_template, tmp_path):
    """A copy of the graded course that a test may change."""
    return Path(shutil.copytree(graded_template, tmp_path / "course"))


def correct(root, new="assert half(3) == 1.5, 'half of 3'", old="assert half(3) == 1, 'half of 3'"):
    """Correct the wrong test in the source."""
    path = root / "source" / "ps" / "ps.ipynb"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_regrading_isolates_as_the_grading_did_and_asks_when_that_was_not_the_same_for_all(two_questions):
    root = two_questions
    grade.grade_class(root, "ps", ["ada"], isolation="kernel", force=True)
    with pytest.raises(
        CourseError, match="ps: graded with isolation examiner and kernel; choose one of them"
    ):
        regrade.regrade_class(root, "ps")
    grade.grade_class(root, "ps", isolation="kernel", force=True)
    correct(root)
    report = regrade.regrade_class(root, "ps")
    assert {result["isolation"] for result in report["students"].values()} == {"kernel"}


def test_regrading_changes_only_what_the_corrected_test_affects_and_says_who_and_why(two_questions):
    root = two_questions
    before = entered(root)
    correct(root)
    report = regrade.regrade_class(root, "ps")
    assert [
        (c["student"], c["notebook"], c["question"], c["before"], c["after"], c["by_hand"])
        for c in report["changes"]
    ] == [("ada", "ps", "half-test-2", 0.0, 2.0, None), ("bob", "ps", "half-test-2", 2.0, 0.0, None)]
    assert report["changes"][0]["reason"] == "passes now"
    assert report["changes"][1]["reason"].startswith("AssertionError: half of 3")
    assert {student: r["points"] for student, r in report["students"].items()} == {
        "ada": 6.0,
        "bob": 4.0,
        "cyd": 3.0,
    }
    after = entered(root)
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {("ada", "half-test-2"), ("bob", "half-test-2")}
    lines = regrade.summary(report).splitlines()
    assert lines[0] == "ps: 3 of 3 submissions graded again"
    assert lines[3].split("|")[1:-2] == [" ada     ", " half-test-2 ", " 0      ", " 2     ", "         "]


def test_regrading_again_finds_nothing_to_do(two_questions):
    correct(two_questions)
    regrade.regrade_class(two_questions, "ps")
    report = regrade.regrade_class(two_questions, "ps")
    assert report["changes"] == []
    assert {result["kept"] for result in report["students"].values()} == {True}
    assert regrade.summary(report).splitlines()[-1] == "no points changed"


def test_regrading_keeps_points_given_by_hand_and_shows_them(two_questions):
    root = two_questions
    by_hand(root, "bob", "half-test-2", 1.5)
    by_hand(root, "cyd", "double-test-1", 0.5)
    correct(root)
    report = regrade.regrade_class(root, "ps")
    [bob] = [change for change in report["changes"] if change["student"] == "bob"]
    assert (bob["before"], bob["after"], bob["by_hand"]) == (2.0, 0.0, 1.5)
    assert entered(root)["bob", "half-test-2"] == (0, 1.5, 1)
    assert entered(root)["cyd", "double-test-1"] == (3, 0.5, 0)
    assert regrade.summary(report).splitlines()[-1].startswith("points by hand stay; formgrader shows")


def test_regrading_does_not_give_or_take_points_of_tests_that_did_not_change(two_questions):
    root = two_questions
    # As if chance had been against them the first time.
    path = root / "autograded" / "cyd" / "ps" / RESULT
    result = json.loads(path.read_text())
    result["questions"][0].update(points=1.0, reason="bad luck")
    path.write_text(json.dumps(result))
    correct(root)
    report = regrade.regrade_class(root, "ps")
    assert earned(report, "cyd") == {"double-test-1": 1.0, "half-test-1": 0.0, "half-test-2": 0.0}
    assert reasons(report, "cyd")["double-test-1"] == "bad luck"


def test_regrading_the_students_asked_for_leaves_the_others(two_questions):
    correct(two_questions)
    report = regrade.regrade_class(two_questions, "ps", ["bob"])
    assert list(report["students"]) == ["bob"]
    assert entered(two_questions)["ada", "half-test-2"][0] == 0
    with pytest.raises(CourseError, match="'zed' has not been graded yet; `coursekit grade` does that"):
        regrade.regrade_class(two_questions, "ps", ["zed"])


def test_a_submission_that_was_handed_in_again_is_left_to_grade(two_questions):
    root = two_questions
    hand_in(root, "bob", answers={**WRONG, "half": "def half(x): return x / 2"})
    correct(root)
    report = regrade.regrade_class(root, "ps")
    assert {student: result["kept"] for student, result in report["students"].items()} == {
        "ada": False,
        "bob": True,
        "cyd": False,
    }
    assert grade.grade_class(root, "ps")["students"]["bob"]["points"] == 3.0


def test_a_changed_setup_cell_means_that_all_tests_below_it_are_run_again(two_questions):
    correct(two_questions, new="import numpy as np\\nunused = 1", old="import numpy as np")
    report = regrade.regrade_class(two_questions, "ps")
    assert {result["kept"] for result in report["students"].values()} == {False}
    assert report["changes"] == []


def test_after_regrading_there_is_nothing_left_for_grade_to_do(two_questions):
    correct(two_questions)
    regrade.regrade_class(two_questions, "ps")
    report = grade.grade_class(two_questions, "ps")
    assert {result["kept"] for result in report["students"].values()} == {True}
    assert {student: r["points"] for student, r in report["students"].items()} == {
        "ada": 6.0,
        "bob": 4.0,
        "cyd": 3.0,
    }


# --- files beside the notebook, more than one notebook ---


def with_files():
    """A notebook whose setup imports a module beside it, and whose answer and test read a file beside it."""
    return cells.notebook(
        cells.setup("import numpy as np\nfrom helper import scale"),
        cells.answer(
            "total", "    return scale(np.loadtxt('data/numbers.csv').sum())", before="def total():\n"
        ),
        cells.test("total-test-1", "assert total() == scale(np.loadtxt('data/numbers.csv').sum()) == 12", 2),
        cells.answer("mine", "    return open('config.txt').read()", before="def mine():\n"),
        cells.test("mine-test-1", "assert mine() == 'of the student\\n'", 1),
    )


FILES = {
    "ps/helper.py": "def scale(x): return 2 * x\n",
    "ps/data/numbers.csv": "1\n2\n3\n",
    "ps/config.txt": "?\n",
}


@pytest.fixture(scope="module")
def filed(tmp_path_factory):
    """Submissions with files of all kinds. Not to be changed."""
    config = "c.Autograde.exclude_overwriting = {'ps': ['config.txt']}\n"
    root = make_course(
        tmp_path_factory.mktemp("filed") / "course", {"ps": {"ps": with_files()}}, config, FILES
    )
    total = "def total(): return scale(np.loadtxt('data/numbers.csv').sum())"
    mine = {"total": total, "mine": "def mine(): return open('config.txt').read()"}
    own = {"config.txt": "of the student\n"}
    hand_in(root, "ada", answers=mine, files=own)
    cheat = {
        "helper.py": "def scale(x): return 0\n",
        "data/numbers.csv": "12\n",
        "numpy.py": "raise SystemExit\n",
    }
    hand_in(root, "bob", answers=mine, files={**own, **cheat})
    hand_in(
        root,
        "cyd",
        answers={"total": "from mine import total", "mine": mine["mine"]},
        files={**own, "mine.py": "import numpy as np\nfrom helper import scale\n" + total},
    )
    hand_in(root, "dee", answers=mine, files={**own, "data/numbers.csv/deep/numbers.csv": "7\n"})
    hand_in(root, "eve", answers=mine, files={**own, "data": "a file where the course has a folder\n"})
    hand_in(root, "fay", answers=mine, files={"config.txt": "something else\n"})
    hand_in(root, "gus", answers={**mine, "total": "def total(): return 12"}, files={"data/own.csv": "1\n"})
    with contextlib.suppress(grade.GradingFailed):
        return root, grade.grade_class(root, "ps")
    return root, None


def test_nobodys_files_stop_the_grader(filed):
    assert filed[1] is not None


@pytest.mark.parametrize("student", ["ada", "bob", "cyd", "dee", "eve"])
def test_the_courses_files_are_there_for_answers_and_tests_whatever_was_handed_in_for_them(filed, student):
    assert earned(filed[1], student) == {"total-test-1": 2, "mine-test-1": 1}, reasons(filed[1], student)


def test_a_file_that_students_are_to_edit_is_theirs(filed):
    assert earned(filed[1], "fay") == {"total-test-1": 2, "mine-test-1": 0}
    assert earned(filed[1], "gus") == {"total-test-1": 2, "mine-test-1": 0}
    assert "FileNotFoundError" in reasons(filed[1], "gus")["mine-test-1"]


def test_beside_the_graded_notebook_lie_the_courses_files_and_the_students_own(filed):
    root, _ = filed
    folder = root / "autograded" / "cyd" / "ps"
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there == {"ps.ipynb", RESULT, "helper.py", "data/numbers.csv", "config.txt", "mine.py"}
    assert (root / "autograded" / "bob" / "ps" / "data" / "numbers.csv").read_text() == "1\n2\n3\n"
    assert (root / "autograded" / "bob" / "ps" / "config.txt").read_text() == "of the student\n"


def test_a_file_that_students_are_no_longer_to_edit_means_that_they_are_graded_again(filed, tmp_path):
    root = Path(shutil.copytree(filed[0], tmp_path / "course"))
    with (root / "nbgrader_config.py").open("a") as settings:
        settings.write("\nc.Autograde.exclude_overwriting = {}\n")
    report = grade.grade_class(root, "ps", ["ada"])
    assert report["students"]["ada"]["kept"] is False
    assert earned(report, "ada") == {"total-test-1": 2, "mine-test-1": 0}


def test_a_file_that_gave_way_to_the_courses_is_noted(filed):
    for student, name in (("dee", "data/numbers.csv/deep/numbers.csv"), ("eve", "data")):
        assert any(name in note for note in filed[1]["students"][student]["notes"]), student


def test_of_two_notebooks_each_is_graded_and_a_missing_one_gets_nothing(tmp_path):
    triple = cells.notebook(
        cells.solution("triple", "### BEGIN SOLUTION\ndef triple(x): return 3 * x\n### END SOLUTION"),
        cells.test("triple-test-1", "assert triple(2) == 6", 2),
    )
    root = make_course(tmp_path / "course", {"ps": {"one": double(), "two": triple}})
    for student in ("ada", "bob", "cyd"):
        hand_in(root, student, answers=RIGHT, notebook="one")
    hand_in(root, "ada", answers={"triple": "def triple(x): return double(x) + x"}, notebook="two")
    hand_in(root, "bob", answers={"triple": "def triple(x): return x + x + x"}, notebook="two")
    report = grade.grade_class(root, "ps")
    assert report["maximum"] == 5
    assert earned(report, "bob") == {"double-test-1": 3, "triple-test-1": 2}
    # One notebook knows nothing of the other.
    assert "NameError: name 'double' is not defined" in reasons(report, "ada")["triple-test-1"]
    assert earned(report, "cyd") == {"double-test-1": 3, "triple-test-1": 0}
    assert report["students"]["cyd"]["reason"] == "two.ipynb: not handed in"
    assert reasons(report, "cyd")["triple-test-1"] == "two.ipynb: not handed in"
    assert entered(root)["cyd", "triple-test-1"][0] == 0
    assert not (root / "autograded" / "cyd" / "ps" / "two.ipynb").exists()


@pytest.mark.parametrize("name", ["ps", "other"])
def test_another_chapter_s_notebook_is_named_and_none_of_its_cells_runs(tmp_path, name):
    other = cells.notebook(
        cells.setup(SETUP),
        cells.answer("triple", "    return 3 * x", before="def triple(x):\n"),
        cells.test("triple-test-1", "assert triple(2) == 6", 3),
        cells.study("import time; time.sleep(20)", name="waits"),
    )
    root = make_course(tmp_path / "course", {"ps": {"ps": double()}, "other": {"other": other}})
    folder = hand_in(root, "ada")
    (folder / "ps.ipynb").unlink()
    save(other, folder / f"{name}.ipynb")
    report = grade.grade_class(root, "ps")["students"]["ada"]
    assert report["reason"] == (
        f"{name}.ipynb: another chapter's notebook; it has none of this one's questions, but 'triple'"
    )
    assert report["seconds"] < 10 and [q["points"] for q in report["questions"]] == [0]


def test_the_only_notebook_under_another_name_is_taken_for_the_courses(root):
    folder = hand_in(root, "ada", answers=RIGHT)
    (folder / "ps.ipynb").rename(folder / "ps (1).ipynb")
    result = grade.grade_class(root, "ps")["students"]["ada"]
    assert (result["points"], result["notes"]) == (3.0, ["ps (1).ipynb was taken for ps.ipynb"])


def test_of_two_notebooks_of_one_student_it_is_said_which_is_graded(root):
    for student in ("ada", "bob"):
        folder = hand_in(root, student, answers=RIGHT)
        shutil.copyfile(folder / "ps.ipynb", folder / "ps (1).ipynb")
    (folder / "ps.ipynb").rename(folder / "mine.ipynb")
    ada, bob = grade.grade_class(root, "ps")["students"].values()
    assert (ada["points"], ada["notes"]) == (3.0, ["ps (1).ipynb: not graded; expected and found: ps.ipynb"])
    assert bob["points"] == 0
    assert bob["reason"] == "ps.ipynb: not handed in under this name, but mine.ipynb, ps (1).ipynb"
    assert bob["questions"][0]["message"] == bob["reason"]


def test_a_notebook_with_60_mb_of_outputs_keeps_its_points_and_a_damaged_one_costs_nobody(root):
    for student in ("ada", "bob", "cyd"):
        path = hand_in(root, student, answers=RIGHT) / "ps.ipynb"
        if student != "ada":
            nb = json.loads(path.read_text())
            code = next(cell for cell in nb["cells"] if cell["cell_type"] == "code")
            picture = {
                "output_type": "display_data",
                "data": {"image/png": "iVBOR" * 1_000_000},
                "metadata": {},
            }
            code["outputs"] = [picture] * 12
            path.write_text(json.dumps(nb)[: None if student == "bob" else 55_000_000])
    report = grade.grade_class(root, "ps")["students"]
    assert {student: result["points"] for student, result in report.items()} == {"ada": 3, "bob": 3, "cyd": 0}
    assert report["cyd"]["reason"].startswith("ps.ipynb: not valid JSON")


# --- directives ---


DIRECTIVES = {
    "# coursekit: timeout soon": "timeout takes a number of seconds, got 'soon'",
    "# coursekit: timeout": "timeout takes a number of seconds, got 'nothing'",
    "# coursekit: timeout -3": "timeout takes a number of seconds, got '-3'",
    "# coursekit: timeout 0": "timeout takes a number of seconds, got '0'",
    "#coursekit: in-place timeout nan": "timeout takes a number of seconds, got 'nan'",
    "# coursekit: inplace": "unknown directive 'inplace'; there are: "
    "timeout SECONDS, in-place, rebinds NAME..., takes NAME...",
}


def test_a_test_may_take_as_long_as_its_comment_says_and_others_as_the_course_says(root):
    set_timeout(root, 2)
    path = root / "source" / "ps" / "ps.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells += [
        cells.test(
            "long-test-1", "# coursekit: timeout 20\nimport time\ntime.sleep(2.2)\nassert double(1) == 2"
        )
    ]
    nb.cells += [cells.test("long-test-2", "import time\ntime.sleep(2.2)\nassert double(1) == 2")]
    save(nb, path)
    hand_in(root, "ada", answers=RIGHT)
    report = grade.grade_class(root, "ps")
    assert earned(report, "ada") == {"double-test-1": 3, "long-test-1": 1, "long-test-2": 0}
    assert reasons(report, "ada")["long-test-2"] == "took more than 2 seconds"


def test_an_answer_that_never_ends_costs_its_own_question_and_no_other(two_questions):
    root = two_questions
    set_timeout(root, 2)
    endless = "def double(x):\n    while True: pass"
    for number in range(6):
        hand_in(root, f"dee-{number}", answers={"double": endless, "half": "def half(x): return x // 2"})
    report = grade.grade_class(root, "ps", [f"dee-{number}" for number in range(6)], jobs=6)
    for number in range(6):
        assert earned(report, f"dee-{number}") == {"double-test-1": 0, "half-test-1": 1, "half-test-2": 2}
        assert reasons(report, f"dee-{number}")["double-test-1"] == "the answer took more than 2 seconds"


def set_timeout(root, seconds):
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(f"c.ExecutePreprocessor.timeout = {seconds}\n")


def test_comments_to_the_grader_that_it_does_not_understand_are_errors_that_name_the_cell(root):
    path = root / "source" / "ps" / "ps.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells += [
        cells.test(f"f-test-{n}", f"{comment}\nassert f == 1") for n, comment in enumerate(DIRECTIVES)
    ]
    nb.cells.append(cells.test("f-test-9", "# coursekit: in-place timeout 2.5\n# coursekit: timeout 3"))
    save(nb, path)
    with pytest.raises(CourseError) as refused:
        grade.grade_class(root, "ps")
    assert str(refused.value).splitlines() == [
        f"ps, cell 'f-test-{number}': {what}" for number, what in enumerate(DIRECTIVES.values())
    ]


# --- when things break ---


def test_who_is_not_there_is_named_with_where_was_looked(root):
    hand_in(root, "ada", answers=RIGHT)
    with pytest.raises(CourseError) as refused:
        grade.grade_class(root, "ps", ["ada", "zed"])
    assert (
        str(refused.value)
        == f"no submission of 'zed': there is no folder {root / 'submitted' / 'zed' / 'ps'}"
    )


def test_a_course_in_which_nobody_has_handed_in_is_no_error(root):
    report = grade.grade_class(root, "ps")
    assert report["students"] == {}
    assert grade.summary(report).splitlines()[0] == "nobody has handed in yet"


def test_an_unknown_assignment_is_named_with_those_that_there_are(root):
    with pytest.raises(CourseError) as refused:
        grade.grade_class(root, "ps9")
    assert (
        str(refused.value) == f"no assignment 'ps9': no notebook in {root / 'source' / 'ps9'}; there are: ps"
    )


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"cells": 5, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}']
)
def test_a_damaged_source_notebook_is_named(root, content):
    hand_in(root, "ada", answers=RIGHT)
    path = root / "source" / "ps" / "ps.ipynb"
    path.write_text(content)
    with pytest.raises(CourseError) as refused:
        grade.grade_class(root, "ps")
    assert str(refused.value).startswith(f"{path}: not a valid notebook: ")


@pytest.mark.parametrize(
    ("config", "what"),
    [
        ("c = get_config(", "SyntaxError"),
        ("c = get_config()\nimport no_such_module", "No module named 'no_such_module'"),
        ("raise RuntimeError('broken')", "RuntimeError: broken"),
    ],
)
def test_settings_that_cannot_be_read_are_named_with_the_reason(root, config, what):
    (root / "nbgrader_config.py").write_text(config)
    with pytest.raises(CourseError) as refused:
        grade.grade_class(root, "ps")
    assert str(refused.value).startswith(f"{root / 'nbgrader_config.py'}: ")
    assert what in str(refused.value)


def test_a_folder_that_is_no_course_is_named(tmp_path):
    with pytest.raises(CourseError, match=f"{tmp_path}: no nbgrader_config.py here"):
        grade.grade_class(tmp_path, "ps")


def test_a_damaged_gradebook_is_named(root):
    hand_in(root, "ada", answers=RIGHT)
    (root / "gradebook.db").write_text("this is no database" * 1000)
    with pytest.raises(CourseError) as refused:
        grade.grade_class(root, "ps")
    assert "gradebook.db" in str(refused.value) and "not a database" in str(refused.value)


def test_a_damaged_file_is_its_students_reason_and_the_class_goes_on(root, monkeypatch):
    for student in ("ada", "bob", "cyd", "dee", "eve"):
        hand_in(root, student, answers=RIGHT)
    at = {
        student: root / "submitted" / student / "ps" / "ps.ipynb" for student in ("bob", "cyd", "dee", "eve")
    }
    at["bob"].write_text('{"cells": [')
    with at["cyd"].open("wb") as file:
        file.truncate(100_000_000)
    at["dee"].unlink()
    real = Path.read_bytes

    def read_bytes(self):
        if self == at["eve"]:
            raise OSError(errno.EIO, "Input/output error", str(self))
        return real(self)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    report = grade.grade_class(root, "ps")
    assert {student: result["reason"] for student, result in report["students"].items()} == {
        "ada": "",
        "bob": "ps.ipynb: not valid JSON (Expecting value, line 1)",
        "cyd": "ps.ipynb: 100 MB without its outputs; a notebook may have at most 50 MB",
        "dee": "ps.ipynb: not handed in",
        "eve": "ps.ipynb: cannot be read (Input/output error)",
    }
    assert {student: result["points"] for student, result in report["students"].items()} == {
        "ada": 3.0,
        **dict.fromkeys(("bob", "cyd", "dee", "eve"), 0.0),
    }
    assert entered(root)["bob", "double-test-1"] == (0, None, 0)


def test_a_fault_of_the_grader_itself_is_told_with_the_students_name_and_the_others_are_graded(
    root, monkeypatch
):
    for student in ("ada", "bob", "cyd"):
        hand_in(root, student, answers=RIGHT)
    real = gradebook.save

    def save(course, result, *rest, **options):
        if result.student == "bob":
            raise RuntimeError("a slip")
        return real(course, result, *rest, **options)

    monkeypatch.setattr(gradebook, "save", save)
    with pytest.raises(grade.GradingFailed) as failed:
        grade.grade_class(root, "ps")
    assert str(failed.value) == "ps: not graded, 1 of 3:\n  bob: RuntimeError: a slip"
    assert {student: r["points"] for student, r in failed.value.report["students"].items()} == {
        "ada": 3,
        "cyd": 3,
    }


@contextlib.contextmanager
def room(folder, kilobytes, monkeypatch):
    """Leave so much room on the disk on which the folder lies, for files written by the grader."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={kilobytes}k,mode=755"
    if os.geteuid() == 0:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]).returncode == 0:
            try:
                yield
            finally:
                subprocess.run(["umount", "--lazy", str(folder)], check=True)
            return

    def refuse(scratch, *arguments):
        raise OSError(errno.ENOSPC, "No space left on device", str(scratch))

    with monkeypatch.context() as patch:
        patch.setattr(gradebook, "_write_folder", refuse)
        yield


def test_a_full_disk_stops_the_run_and_the_message_names_the_place(root, monkeypatch):
    for student in ("ada", "bob", "cyd", "dee", "eve"):
        hand_in(root, student, answers=RIGHT)
    with room(root / "autograded", 24, monkeypatch):
        with pytest.raises(CourseError) as failed:
            grade.grade_class(root, "ps", jobs=1)
    assert "No space left on device" in str(failed.value)
    assert str(root / "autograded") in str(failed.value)
    report = grade.grade_class(root, "ps")
    assert {student: r["points"] for student, r in report["students"].items()} == dict.fromkeys(
        ("ada", "bob", "cyd", "dee", "eve"), 3.0
    )
    assert leftovers(root) == []


def test_a_gradebook_for_which_there_is_no_room_is_named(root, monkeypatch):
    from sqlalchemy.exc import OperationalError

    hand_in(root, "ada", answers=RIGHT)
    real = gradebook._enter_points

    def refuse(*arguments):
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(gradebook, "_enter_points", refuse)
        with pytest.raises(CourseError) as failed:
            grade.grade_class(root, "ps")
    assert "gradebook.db" in str(failed.value) and "database or disk is full" in str(failed.value)
    assert "INSERT" not in str(failed.value)
    assert gradebook._enter_points is real
    assert grade.grade_class(root, "ps")["students"]["ada"]["kept"] is False


def leftovers(root):
    """What only an unfinished run leaves in the autograded folders."""
    found = [
        path
        for path in (root / "autograded").rglob("*")
        if path.name.startswith(".ps") or path.suffix == ".tmp"
    ]
    return [str(path.relative_to(root)) for path in found]


# --- killed, and several at once ---

CLASS = [f"student-{number:02}" for number in range(12)]


def slow_class(root, assignment="ps"):
    """Twelve submissions that take a moment each, and every third is wrong; the points they deserve."""
    deserved = {}
    for number, student in enumerate(CLASS):
        by = 2 if number % 3 else 3
        answer = f"import time\ndef double(x):\n    time.sleep(0.1)\n    return {by} * x"
        hand_in(root, student, assignment, {"double": answer})
        deserved[student] = 3.0 if by == 2 else 0.0
    return deserved


def command(root, *arguments):
    """Start the command on a course."""
    program = [sys.executable, "-m", "coursekit.cli", *arguments, "--course", str(root)]
    return subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(root):
    """The results that are there, as they lie in their files, by student."""
    return {path.parts[-3]: path.read_bytes() for path in root.glob(f"autograded/*/ps/{RESULT}")}


def alive(mark, seconds=5):
    """Processes in whose environment the mark stands; those that are about to end have a moment."""
    deadline = time.monotonic() + seconds
    while True:
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark.encode() in (process / "environ").read_bytes():
                    found.append((process.name, (process / "cmdline").read_bytes()[:200]))
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def assert_complete(root, deserved, assignment="ps"):
    """Whether points, files and gradebook are whole, with each student there once."""
    found = find_course(root).results(assignment)
    assert {student: result["points"] for student, result in found.items()} == deserved
    assert {
        s: scores[0] for (s, name), scores in entered(root, assignment).items() if name == "double-test-1"
    } == deserved
    for student in deserved:
        folder = root / "autograded" / student / assignment
        assert sorted(path.name for path in folder.iterdir()) == sorted([RESULT, f"{assignment}.ipynb"])
        nbformat.validate(nbformat.read(folder / f"{assignment}.ipynb", as_version=4))
    assert leftovers(root) == []


def test_killed_at_any_moment_and_started_again_it_neither_loses_nor_repeats_a_student(root):
    mark = f"mark-{root.parent.name}-{os.getpid()}-{time.time_ns()}"
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(f"c.CoursekitGrader.environment = {{'COURSE_MARK': {mark!r}}}\n")
    deserved = slow_class(root)
    rng = random.Random(time.time_ns())
    done, killed = {}, 0
    for _ in range(3):
        grading = command(root, "grade", "ps", "--jobs", "2")
        enough, moment = len(done) + rng.randint(1, 2), rng.uniform(0, 0.12)
        deadline = time.monotonic() + 30
        while len(finished(root)) < enough and grading.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        assert killed or alive(mark, 0) != []
        time.sleep(moment)
        grading.send_signal(signal.SIGKILL)
        grading.communicate()
        killed += grading.returncode == -signal.SIGKILL
        assert alive(mark) == []
        now = finished(root)
        assert {student: now.get(student) for student in done} == done
        assert [
            student for student, text in now.items() if json.loads(text)["points"] != deserved[student]
        ] == []
        done = now
    assert killed >= 2
    report = grade.grade_class(root, "ps")
    assert {student for student, result in report["students"].items() if result["kept"]} == set(done)
    assert {student: finished(root)[student] for student in done} == done
    assert_complete(root, deserved)


def test_who_is_being_graded_by_another_command_is_waited_for_when_all_others_are_saved(root):
    for student in ("ada", "bob", "cyd"):
        hand_in(root, student, answers=RIGHT)
    with find_course(root).lock("ps-ada"):
        grading = command(root, "grade", "ps", "--jobs", "2")
        deadline = time.monotonic() + 30
        while len(finished(root)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert set(finished(root)) == {"bob", "cyd"} and grading.poll() is None
    grading.communicate(timeout=30)
    assert grading.returncode == 0
    assert_complete(root, dict.fromkeys(("ada", "bob", "cyd"), 3.0))


def test_two_commands_that_grade_the_same_students_in_opposite_order_do_not_wait_for_each_other(root):
    deserved = slow_class(root)
    orders = list(deserved), list(reversed(deserved))
    both = [
        command(root, "grade", "ps", "--jobs", "2", *(word for s in order for word in ("--student", s)))
        for order in orders
    ]
    for grading in both:
        grading.communicate(timeout=60)
    assert [grading.returncode for grading in both] == [0, 0]
    assert_complete(root, deserved)


# Grades a class in forks of itself, each of which is gone at another step of saving: `where` counts the steps.
DYING = """
import os, sys
from pathlib import Path
from coursekit.staff import course
from coursekit.staff.grading import grade, gradebook, regrade
import nbformat, nbgrader.api, nbgrader.apps.api, nbgrader.preprocessors  # once, not in each fork

root, verb, steps = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for step in range(steps):
    if os.fork() == 0:
        count = 0

        def dying(function):
            def or_dead(*args, **kwargs):
                global count
                count += 1
                if count > 3 * step + 1:
                    os._exit(0)
                return function(*args, **kwargs)
            return or_dead

        steps_of = {os: ("rename", "replace"), gradebook: ("_enter_points", "_write_folder")}
        steps_of |= {gradebook.tempfile: ("mkdtemp",), gradebook.shutil: ("rmtree",)}
        for module, name in [(module, name) for module, names in steps_of.items() for name in names]:
            setattr(module, name, dying(getattr(module, name)))
        {"grade": grade.grade_class, "regrade": regrade.regrade_class}[verb](root, "ps", jobs=1)
        os._exit(0)
    os.wait()
"""


@pytest.mark.parametrize(("verb", "deaths"), [("grade", 5), ("regrade", 8)])
def test_dead_between_any_two_steps_of_saving_it_can_go_on(two_questions, verb, deaths):
    root = two_questions
    for number in range(4):
        half = "def half(x): return x / 2" if number % 2 else "def half(x): return x // 2"
        hand_in(root, f"dee-{number}", answers={**RIGHT, "half": half})
    if verb == "regrade":
        grade.grade_class(root, "ps")
    correct(root)
    subprocess.run([sys.executable, "-c", DYING, str(root), verb, str(deaths)], check=True, timeout=60)
    report = {"grade": grade.grade_class, "regrade": regrade.regrade_class}[verb](root, "ps")
    deserved = {"ada": 6.0, "bob": 4.0, "cyd": 3.0, "dee-0": 4.0, "dee-1": 6.0, "dee-2": 4.0, "dee-3": 6.0}
    assert {student: result["points"] for student, result in report["students"].items()} == deserved
    assert {student: r["points"] for student, r in find_course(root).results("ps").items()} == deserved
    sums = dict.fromkeys(deserved, 0.0)
    for (student, _), (points, _, _) in entered(root).items():
        sums[student] += points
    assert sums == deserved
    assert leftovers(root) == []


WRITER = """
import sys, time
from nbgrader.api import Gradebook

number, until = 0, time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    with Gradebook(sys.argv[1], "graded") as book:
        book.update_or_create_student(f"extra-{number:03}", first_name="Extra")
        book.update_or_create_assignment("by-hand", duedate=f"2026-01-{1 + number % 28:02} 12:00:00 UTC")
        for submission in book.assignment_submissions("ps"):
            submission.student.last_name = f"L{number}"
        book.db.commit()
    number += 1
print(number)
"""


def test_two_graders_and_nbgrader_at_the_same_gradebook_lose_nothing_and_write_nothing_twice(root):
    shutil.copytree(root / "source" / "ps", root / "source" / "ps-other")
    (root / "source" / "ps-other" / "ps.ipynb").rename(root / "source" / "ps-other" / "ps-other.ipynb")
    deserved, others = slow_class(root), {}
    for number, student in enumerate(CLASS[:6]):
        hand_in(root, student, "ps-other", RIGHT if number % 2 else WRONG, notebook="ps-other")
        others[student] = 3.0 if number % 2 else 0.0
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, f"sqlite:///{root}/gradebook.db", "4"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    reports = [root / f"report-{number}.json" for number in range(3)]
    graders = [
        command(root, "grade", name, "--jobs", "2", "--json", str(report))
        for name, report in zip(("ps", "ps", "ps-other"), reports, strict=True)
    ]
    said = [process.communicate(timeout=120) for process in (*graders, writer)]
    assert [process.returncode for process in (*graders, writer)] == [0] * 4, said
    assert [text for _, text in said if "locked" in text] == []
    assert_complete(root, deserved)
    assert_complete(root, others, "ps-other")
    one, other = (json.loads(report.read_text())["students"] for report in reports[:2])
    assert set(one) == set(other) == set(CLASS)
    assert [student for student in CLASS if one[student]["kept"] == other[student]["kept"]] == []
    with find_course(root).gradebook() as book:
        extra = [student.id for student in book.students if student.id.startswith("extra-")]
    assert len(extra) == int(said[-1][0]) > 3
