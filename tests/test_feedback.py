"""Feedback pages: what a student finds on them, what nobody may, and how they look in a browser.

What the run for students shows is made up here; test_show.py has pages made from real runs.
"""

import base64
import itertools
import json
import struct
import zipfile
import zlib

import pytest
from fixtures import cells
from fixtures.courses import make_course
from fixtures.html import Read, words
from fixtures.site import DESKTOP, PHONE
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from coursekit.notebooks import CourseError, grade_id
from coursekit.staff.course import RESULT, SHOWN, find_course
from coursekit.staff.feedback import disclosure, handback, pages
from coursekit.staff.grading.show import is_confined
from coursekit.staff.intake import collect
from coursekit.staff.lms import canvas

SECRET = "assert double(-7.5) == -15.0"
RUBRIC_LINE = "One point a reason."
TESTS = {
    "double-test-1": (1.0, "assert double(2) == 4, 'twice two is four'"),
    "double-test-2": (
        2.0,
        f"assert callable(double)\n### BEGIN HIDDEN TESTS\n{SECRET}\n### END HIDDEN TESTS",
    ),
    "total-test-1": (2.0, "assert total([1, 2]) == 3"),
}
NUMBERS = itertools.count(1)
DOUBLE = "def double(x):\n    return x + x  # <b>twice</b>"
STUB = "def double(x):\n    ..."
TOTAL = "def total(xs):\n    return sum(xs)"


def png(width=2, height=2):
    """A small grey picture."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + b"\x80" * width for _ in range(min(height, 1000)))
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    b"\xff\xc0\x00\x0b\x08\x00\x03\x00\x05\x01\x01\x11\x00\xff\xd9"
)


def encoded(content):
    return base64.b64encode(content).decode()


def examined(name):
    """The test cell as the grader leaves it: with its hidden part, and an output that quotes it."""
    points, source = TESTS[name]
    cell = cells.test(name, source, points)
    cell.outputs = [new_output("error", ename="AssertionError", evalue="", traceback=[f"----> {SECRET}"])]
    return cell


def graded_notebook(*extra, double=DOUBLE, outputs=(), why="Because.", total=True):
    """A graded notebook of the chapter `one`, with `extra` cells after the first answer."""
    answer = cells.solution("double", double)
    answer.outputs = list(outputs)
    parts = [
        new_markdown_cell("# One"),
        answer,
        *extra,
        examined("double-test-1"),
        examined("double-test-2"),
        *([cells.solution("total", TOTAL)] if total else []),
        examined("total-test-1"),
        cells.manual("why", why),
    ]
    return new_notebook(cells=parts)


def record(**changes):
    """What the grader wrote about the submission; `tests` are changes to its questions, by name."""
    tests = changes.pop("tests", {})
    questions = [
        {
            "notebook": "one",
            "question": name,
            "points": points,
            "maximum": points,
            "reason": "",
            "message": "",
        }
        | {"hidden": False, "returned": "", "output": "", "seconds": 0.12}
        | tests.get(name, {})
        for name, (points, _) in TESTS.items()
    ]
    return {
        "isolation": "examiner",
        "sandboxed": True,
        "graded_at": "2026-11-21T14:00:00+00:00",
        "seconds": 1.9,
        "memory_mb": 812.4,
        "reason": "",
        "notes": [],
        "questions": questions,
    } | changes


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A course with the assignment `ps`, its notebooks `one` and `two`, as nbgrader leaves it after a release."""
    root = make_course(tmp_path_factory.mktemp("course"))
    with find_course(root).gradebook() as gradebook:
        gradebook.add_assignment("ps")
        gradebook.add_notebook("one", "ps")
        gradebook.add_notebook("two", "ps")
        for name, (points, source) in TESTS.items():
            gradebook.add_grade_cell(name, "one", "ps", max_score=points, cell_type="code")
            gradebook.add_source_cell(name, "one", "ps", cell_type="code", source=source, locked=True)
        for name in ("double", "total", "why"):
            gradebook.add_solution_cell(name, "one", "ps")
            gradebook.add_source_cell(name, "one", "ps", cell_type="code", source="", locked=False)
        gradebook.add_grade_cell("why", "one", "ps", max_score=3, cell_type="markdown")
        gradebook.add_task_cell("project", "two", "ps", max_score=4, cell_type="markdown")
        gradebook.add_source_cell("project", "two", "ps", cell_type="markdown", source="", locked=True)
    released = [
        new_markdown_cell("# One"),
        cells.solution("double", "def double(x):\n    ..."),
        new_code_cell("import os"),
    ]
    save(root / "release" / "ps" / "one.ipynb", new_notebook(cells=released))
    return root


def save(path, nb):
    path.parent.mkdir(parents=True, exist_ok=True)
    # As it stands: nbformat's own writer would refuse what a student may have made of it.
    path.write_text(json.dumps(nb), encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def runs():
    """By student, the result and notebooks of the run for students, or why it failed."""
    runs = {}

    def show_class(root, assignment, students):
        return {student: runs[student] for student in students if student in runs}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "show_class", show_class)
        yield runs


@pytest.fixture(scope="module")
def hand_in(root, runs):
    """Makes a graded submission of a new student and returns the student's id.

    result: what the grader recorded; shown: the run for students, where it has another result. nb and two: the
    notebooks of the run for students if the record allows for one, else the graded ones.
    """

    def make(nb=None, result=None, *, shown=None, grades=(), comments=(), penalty=None, two=None):
        student = f"student{next(NUMBERS)}"
        with find_course(root).gradebook() as gradebook:
            gradebook.add_student(student)
            gradebook.add_submission("ps", student)
            for name, (points, _) in TESTS.items():
                grade = gradebook.find_grade(name, "one", "ps", student)
                grade.auto_score, grade.needs_manual_grade = points, False
            for name, marks in dict(grades).items():
                grade = gradebook.find_grade(name, "one", "ps", student)
                for key, value in marks.items():
                    setattr(grade, key, value)
            for name, comment in dict(comments).items():
                gradebook.find_comment(name, "one", "ps", student).manual_comment = comment
            gradebook.find_submission_notebook("one", "ps", student).late_submission_penalty = penalty
            gradebook.db.commit()
        folder = root / "autograded" / student / "ps"
        folder.mkdir(parents=True)
        notebooks = {name: each for name, each in (("one", nb), ("two", two)) if each is not None}
        if is_confined(result or {}):
            runs[student] = shown or result, {n: from_dict(each) for n, each in notebooks.items()}
            notebooks = dict.fromkeys(notebooks, graded_notebook(outputs=[new_output("stream", text=SECRET)]))
        for name, each in notebooks.items():
            save(folder / f"{name}.ipynb", each)
        if result is not None:
            (folder / RESULT).write_text(json.dumps(result), encoding="utf-8")
        return student

    return make


@pytest.fixture
def page(root, hand_in):
    """Makes a graded submission and returns the text of its page for the notebook `one`."""

    def make(nb=None, result=None, **marks):
        student = hand_in(nb or graded_notebook(), result, **marks)
        return pages.write(root, "ps", [student])[0].read_text(encoding="utf-8")

    return make


# What a student finds


def test_the_page_lies_where_nbgrader_would_put_it(root, hand_in):
    student = hand_in(graded_notebook(), record())
    written = pages.write(root, "ps", [student])
    assert written == [root / "feedback" / student / "ps" / name for name in ("one.html", "two.html")]
    assert {path.stat().st_mode & 0o777 for path in written} == {0o644}


def test_it_says_who_what_and_how_many_points(page):
    text = words(page(result=record()))
    assert "Student student" in text and "Feedback · ps" in text
    assert "5 of 8 points" in text and "double-test-2 Passed 2 of 2" in text
    assert "Graded 21 November 2026, 14:00 UTC Time used 1.9 s Memory used 812 MB" in text


def test_points_are_the_gradebooks_with_hand_given_ones_extra_credit_and_penalty(page):
    grades = {
        "double-test-2": {"auto_score": 0.5},
        "total-test-1": {"auto_score": 0, "manual_score": 1.25},
        "why": {"manual_score": 2, "extra_credit": 0.5, "needs_manual_grade": False},
    }
    text = words(page(result=record(), grades=grades, penalty=1.5))
    assert "double-test-2 Passed in part 0.5 of 2" in text
    assert "total-test-1 Graded by hand 1.25 of 2" in text
    assert "why Graded by hand 2.5 of 3" in text
    assert "Handed in late Penalty −1.5" in text
    assert "Total with 0.5 extra 3.75 of 8" in text
    assert "Whole assignment: 3.75 of 12 points" in text


def test_a_penalty_never_makes_the_points_negative(page):
    assert "Handed in late Penalty −9 Total 0 of 8" in words(page(result=record(), penalty=9))


def test_what_waits_for_a_grader_is_said_and_is_not_called_zero(page):
    text = words(page(result=record()))
    assert "why Not graded yet – of 3" in text and "why – of 3 points Your answer" in text
    assert "Not final: 1 grade still to be given by hand." in text
    reviewed = {"total-test-1": {"manual_score": 1, "needs_manual_grade": True}}
    assert "total-test-1 Under review 1 of 2" in words(page(result=record(), grades=reviewed))


def test_answers_other_cells_outputs_tests_and_comments_stand_with_their_question(page):
    extra = new_code_cell("helper = 3", outputs=[new_output("stream", text="from the helper")])
    printed = [
        new_output("stream", name="stdout", text="4\n"),
        new_output("stream", name="stdout", text="6\n"),
    ]
    said = {"double-test-1": {"message": "twice two is four, got 5", "returned": "double(2) returned 5"}}
    said["double-test-1"]["output"] = "  trying 2"
    html = page(
        graded_notebook(extra, outputs=printed),
        record(tests=said),
        grades={"double-test-1": {"auto_score": 0}},
        comments={"double": "Mind the name.\nAnd the type."},
    )
    text = words(html)
    section = text[text.index("double 2 of 3 points") : text.index("total 2 of 2 points")]
    order = [
        "Your answer",
        "def double(x): return x + x # <b>twice</b>",
        "Printed 4 6",
        "Another cell of yours",
    ]
    order += ["helper = 3", "from the helper", "Not passed double-test-1", "0 of 1 point · 0.12 s"]
    order += ["twice two is four, got 5", "double(2) returned 5", "Printed during the test trying 2"]
    order += ["Passed double-test-2", "Comment Mind the name. And the type."]
    found = [section.find(each) for each in order]
    assert -1 not in found and found == sorted(found)
    assert ">  trying 2</pre>" in html


def test_an_answer_left_as_it_was_released_is_called_unanswered(page):
    text = words(page(graded_notebook(new_code_cell("import os"), double=STUB), record()))
    assert "Not answered: the cell is as you got it." in text
    assert "import os" not in text, "a released cell is not the student's"
    assert "Not answered" not in words(page(result=record()))
    grades = {"why": {"auto_score": 0, "needs_manual_grade": False}}
    assert "why Not answered 0 of 3" in words(page(result=record(), grades=grades))


def test_a_written_answer_is_shown_as_plain_text(page):
    html = page(graded_notebook(why="**Because** <i>x</i> $y$\n\n    indented"), record())
    assert "**Because** &lt;i&gt;x&lt;/i&gt; $y$\n\n    indented</pre>" in html


def test_work_on_a_task_is_shown_without_the_task(root, hand_in):
    marks = {"grade_id": "project", "task": True, "grade": False, "solution": False, "locked": True}
    task = new_markdown_cell(
        f"Do it.\n=== BEGIN MARK SCHEME ===\n{RUBRIC_LINE}", metadata={"nbgrader": marks}
    )
    two = new_notebook(cells=[task, new_markdown_cell("My project."), new_code_cell("print(7)")])
    student = hand_in(graded_notebook(), record(), two=two)
    text = words(pages.write(root, "ps", [student])[1].read_text())
    assert "Grade Not graded yet project – of 4 points" in text
    assert "Your work My project. Your work print(7)" in text
    assert "Do it." not in text and RUBRIC_LINE not in text


def test_every_grade_is_in_the_table_even_when_its_cell_is_gone(page):
    nb = graded_notebook(total=False)
    nb.cells = [cell for cell in nb.cells if grade_id(cell) != "double-test-2"]
    text = words(page(nb, record()))
    for name in (*TESTS, "why"):
        assert f"{name} Passed" in text or f"{name} Not graded yet" in text
    assert "total 2 of 2 points Your notebook has no cell of this name." in text


def test_a_submission_that_could_not_be_graded_says_why(root, hand_in):
    student = hand_in(None, record(reason="one.ipynb: not valid JSON (line 1)", questions=[]))
    text = words(pages.write(root, "ps", [student])[0].read_text())
    assert "Your submission could not be graded one.ipynb: not valid JSON (line 1)" in text
    assert "total-test-1 Passed 2 of 2" in text and "no cell of this name" not in text


def test_notes_on_another_notebook_stay_on_its_own_page(page):
    text = words(page(result=record(notes=["one: a cell was there twice", "two: a cell was missing"])))
    assert "a cell was there twice" in text and "a cell was missing" not in text


# What nobody may find


def test_no_hidden_test_rubric_or_test_output_is_on_any_page(page):
    smuggled = {name: SECRET for name in ("reason", "message", "returned", "output")}
    graded = {
        "double-test-1": {"points": 0.0, **smuggled},
        "double-test-2": {"points": 0.0, "hidden": True, **smuggled},
    }
    why = f"Mine.\n=== BEGIN MARK SCHEME ===\n{RUBRIC_LINE}\n=== END MARK SCHEME ===\nStill mine."
    for result in (record(tests=graded), record(tests=graded, isolation="kernel"), None):
        html = page(graded_notebook(why=why), result, shown=record())
        assert "-7.5" not in html and RUBRIC_LINE not in html and "callable" not in html
        assert "Mine. (left out: not for students) Still mine." in words(html)
        assert ("A hidden test failed." in html) == (result is not None)


def test_of_the_run_that_was_graded_only_its_time_and_lost_points_are_told(page):
    graded = record(seconds=77.7, memory_mb=7777.0, reason="7.7.", notes=["one: 777"])
    graded |= {"graded_at": "2026-12-24T18:00:00+00:00"}
    for question in graded["questions"]:
        question |= {"message": "777", "returned": "777", "output": "777", "seconds": 7.77, "points": 0.0}
    html = page(result=graded, shown=record())
    assert "7.7" not in html and "777" not in html
    assert "Graded 24 December 2026, 18:00 UTC Time used 1.9 s Memory used 812 MB" in words(html)


@pytest.mark.parametrize(
    ("name", "graded", "shown", "says"),
    [
        ("double-test-2", {"hidden": True}, {}, "A hidden test failed."),
        ("double-test-2", {"hidden": True}, {"points": 0.0, "message": "No."}, "A hidden test failed. No."),
        ("double-test-2", {}, {}, disclosure.WITHOUT.format(2, 2)),
        (
            "double-test-2",
            {"points": 0.5},
            {"points": 1.5, "message": "partial credit: 1.5 of 2"},
            f"{disclosure.WITHOUT.format(1.5, 2)} partial credit: 1.5 of 2",
        ),
        ("total-test-1", {}, {}, disclosure.AGAIN.format(2, 2)),
        ("total-test-1", {}, {"points": 0.0, "message": "No."}, "No."),
    ],
)
def test_a_test_that_lost_points_says_what_it_says_without_its_hidden_part(page, name, graded, shown, says):
    graded = {"points": 0.0, "message": "777", **graded}
    html = page(
        result=record(tests={name: graded}),
        shown=record(tests={name: shown}),
        grades={name: {"auto_score": graded["points"]}},
    )
    assert f'<p class="message">{says}</p>' in html


def test_a_test_that_passed_when_it_counted_is_not_called_wrong_later(page):
    failed = {"points": 0.0, "message": "expected 4, got 5"}
    text = words(page(result=record(), shown=record(tests={"double-test-1": failed})))
    assert "double-test-1 Passed 1 of 1" in text and "expected 4" not in text


def test_a_student_who_calls_a_test_cell_an_answer_does_not_get_to_see_it(page):
    nb = graded_notebook()
    for cell in nb.cells:
        if grade_id(cell) == "double-test-2":
            cell.metadata.nbgrader.update(solution=True, grade=False, locked=False)
    nb.cells += [nb.cells[3], nb.cells[3]]
    assert "-7.5" not in page(nb, record())


def test_the_courses_own_marks_around_hidden_parts_are_honoured(root, hand_in):
    config = root / "nbgrader_config.py"
    before = config.read_text()
    config.write_text(before + 'c.ClearHiddenTests.begin_test_delimeter = "VISIBLE UP TO HERE"\n')
    config.write_text(config.read_text() + 'c.ClearMarkScheme.begin_mark_scheme_delimeter = "FOR US"\n')
    try:
        nb = graded_notebook(double=f"# VISIBLE UP TO HERE\n{SECRET}", why=f"Mine.\nFOR US\n{RUBRIC_LINE}")
        html = pages.write(root, "ps", [hand_in(nb, record())])[0].read_text()
    finally:
        config.write_text(before)
    assert "-7.5" not in html and RUBRIC_LINE not in html and "Mine." in html


@pytest.mark.parametrize(
    "changes", [{"isolation": "kernel"}, {"sandboxed": False}, {"sandboxed": 1}, {"isolation": None}]
)
def test_where_code_could_read_the_tests_nothing_that_it_had_a_part_in_is_repeated(page, changes):
    said = {"message": "ValueError: smuggled", "returned": "smuggled", "output": "smuggled"}
    public = {"message": "AssertionError: twice two is four"}
    printed = [new_output("stream", text="smuggled")]
    html = page(
        graded_notebook(outputs=printed),
        record(tests={"total-test-1": said, "double-test-1": public}, **changes),
    )
    assert "smuggled" not in html
    assert "twice two is four" in html, "what stands in the open part of the test is no secret"
    assert "Your notebook was graded together with its tests" in html


def test_graded_by_plain_nbgrader_a_page_shows_points_code_and_comments_only(page):
    printed = [new_output("stream", text="said by the cell")]
    text = words(page(graded_notebook(outputs=printed), comments={"why": "Well put."}))
    assert "5 of 8 points" in text and "def double(x):" in text and "Well put." in text
    assert "said by the cell" not in text and "Time used" not in text


# Hostile content

SCRIPT = "<script>alert(1)</script>"
HOSTILE = [
    SCRIPT,
    "</pre></main><img src=x onerror=alert(1)>",
    "'\"><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "<a href='https://example.org'>x</a>",
    "<!-- ]]> --> </style><style>*{display:none}",
    "\ud800 lone, \x00 nothing, \u202e backwards, \ufffe none",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_student_writes_is_shown_as_text_and_changes_no_element(page, text):
    plain = [new_output("stream", text="x"), new_output("execute_result", data={"text/plain": "x"})]
    plain += [new_output("error", ename="x", evalue="x", traceback=["x"])]
    words_ = {"message": "x", "returned": "x", "output": "x"}

    def elements(text):
        outputs = json.loads(json.dumps(plain).replace('"x"', json.dumps(text)))
        said = json.loads(json.dumps(words_).replace('"x"', json.dumps(text)))
        html = page(
            graded_notebook(
                new_markdown_cell(text + "."), new_code_cell(text), double=text, outputs=outputs, why=text
            ),
            record(notes=[text], reason=text, tests={"total-test-1": said}),
            comments={"why": text.encode("utf-8", "replace").decode()},
        )
        read = Read(html)
        assert read.open == [] or read.open == ["html"]
        # Pygments colours every text differently.
        return [(tag, sorted(about)) for tag, about in read.elements if tag != "span"]

    assert elements(text) == elements("harmless")


def test_a_page_has_no_script_no_link_to_elsewhere_and_forbids_both(page):
    html = page(graded_notebook(double="# https://example.org", outputs=[picture(png())]), record())
    read = Read(html)
    assert not read.all("script") and not read.all("link") and not read.all("iframe")
    addresses = [about[key] for _, about in read.elements for key in ("href", "src") if key in about]
    assert addresses and all(each.startswith(("#", "data:image/png;base64,")) for each in addresses)
    assert not [key for _, about in read.elements for key in about if key.startswith("on") or key == "style"]
    policy = next(about["content"] for about in read.all("meta") if "http-equiv" in about)
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/javascript", "text/latex"])
def test_of_an_output_that_a_browser_would_run_only_the_plain_text_is_shown(page, kind):
    rich = new_output("display_data", data={kind: SCRIPT, "text/plain": "a table"})
    alone = new_output("display_data", data={kind: SCRIPT})
    html = page(graded_notebook(outputs=[rich, alone]), record())
    assert "alert(1)" not in html
    assert "Result a table" in words(html) and f"An output of the type {kind} is not shown." in words(html)


def test_colours_are_removed_and_an_overwritten_line_shows_its_last_state(page):
    bar = "\x1b[1m 1/9\x1b[0m loss 5\r\x1b[32m 9/9\x1b[0m loss 2\n\x1b]8;;http://x\x07link\x1b]8;;\x07 ab\b\bcd\r\n"
    html = page(graded_notebook(outputs=[new_output("stream", text=bar)]), record())
    assert "> 9/9 loss 2\nlink cd</pre>" in html


def picture(content, kind="image/png", **metadata):
    return new_output(
        "display_data", data={kind: encoded(content), "text/plain": "<Figure>"}, metadata=metadata
    )


def test_pictures_are_embedded_with_their_alt_text(page):
    drawn = [picture(png(3, 2), **{"image/png": {"alt": 'A "line"'}}), picture(JPEG, "image/jpeg")]
    nb = graded_notebook(outputs=drawn)
    nb.cells[-1].attachments = {"sketch.png": {"image/png": encoded(png())}}
    images = Read(page(nb, record())).all("img")
    assert images[0] == {
        "src": f"data:image/png;base64,{encoded(png(3, 2))}",
        "alt": 'A "line"',
        "width": "3",
        "height": "2",
    }
    assert (
        images[1]["src"].startswith("data:image/jpeg")
        and images[1]["alt"] == "Picture from your code <Figure>"
    )
    assert (images[1]["width"], images[1]["height"]) == ("5", "3")
    assert images[2]["alt"] == "Attached to the text above: sketch.png"


@pytest.mark.parametrize(
    ("data", "kind", "why"),
    [
        (encoded(b"<svg onload=alert(1)>"), "image/png", "it is not what it is said to be, image/png"),
        (encoded(JPEG), "image/png", "it is not what it is said to be, image/png"),
        (encoded(png()), "image/jpeg", "it is not what it is said to be, image/jpeg"),
        (encoded(JPEG[:12]), "image/jpeg", "it is not what it is said to be, image/jpeg"),
        (encoded(b"\x89PNG\r\n\x1a\n"), "image/png", "it is not what it is said to be, image/png"),
        ("javascript:alert(1)", "image/png", "its data are damaged"),
        (encoded(png(60_000, 60_000)[:2000]), "image/png", "it measures 60000 by 60000 pixels"),
        (encoded(png() + b"\0" * 2_000_000), "image/png", "it is larger than 2 MB"),
        (encoded(png() + b"\0" * 9_000_000), "image/png", "it is larger than 2 MB"),
    ],
)
def test_what_is_no_picture_or_too_large_is_left_out_with_the_reason(page, data, kind, why):
    output = new_output("display_data", data={kind: data})
    html = page(graded_notebook(outputs=[output]), record())
    assert Read(html).all("img") == []
    assert f"A picture is not shown: {why}." in words(html)


def test_many_pictures_end_where_the_page_is_full(page):
    large = png() + b"\0" * 1_900_000
    html = page(graded_notebook(outputs=[picture(large)] * 9), record())
    assert len(Read(html).all("img")) == 6
    assert "A picture is not shown: this page has no room for it." in words(html)


def test_a_flood_of_output_is_cut_and_the_tests_words_still_stand(page):
    flood = [[new_output("stream", text="x" * length)] for length in (3_000_000, 30_000)]
    extra = [new_code_cell(f"n = {n}" + "#" * 30_000, outputs=flood[1]) for n in range(120)]
    said = {"total-test-1": {"message": "a word"}}
    html = page(graded_notebook(*extra, outputs=flood[0]), record(tests=said))
    assert len(html) < 1_300_000
    text = words(html)
    assert "2,990,000 more characters are not shown." in text
    assert "21 more of your cells are not shown." in text
    assert "a word" in text and "return sum(xs)" in text


def test_many_outputs_of_one_cell_are_cut(page):
    outputs = [new_output("execute_result", data={"text/plain": str(n)}) for n in range(1000)]
    assert "960 more outputs are not shown." in words(page(graded_notebook(outputs=outputs), record()))


# When something is missing


def test_a_student_without_a_graded_submission_is_named_and_nothing_is_written(root, hand_in):
    student = hand_in(graded_notebook(), record())
    with pytest.raises(
        CourseError, match=r"ps: no graded submission of nobody, \.\./ada .*coursekit grade ps"
    ):
        pages.write(root, "ps", [student, "nobody", "../ada"])
    assert not (root / "feedback" / student).exists()


def test_an_unknown_assignment_is_refused(root):
    with pytest.raises(CourseError, match="ps9: no graded submission of anybody"):
        pages.write(root, "ps9")
    (root / "autograded" / "ada" / "ps8").mkdir(parents=True)
    with pytest.raises(CourseError, match="ps8: no such assignment in the gradebook, which has: ps"):
        pages.write(root, "ps8")


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda folder: (folder / "one.ipynb").write_text("{"), "one.ipynb: not a valid notebook"),
        (lambda folder: (folder / "one.ipynb").write_text("[" * 99_999), "one.ipynb: not a valid notebook"),
        (
            lambda folder: (folder / "one.ipynb").write_text('{"nbformat": 4, "cells": 3}'),
            "one.ipynb: not a valid",
        ),
        (lambda folder: (folder / RESULT).write_text("{"), f"{RESULT}: not a record of `coursekit grade`"),
        (lambda folder: (folder / RESULT).write_text("[]"), "expected an object, got list"),
        (lambda folder: (folder / RESULT).write_text("[" * 99_999), "not a record"),
        (lambda folder: (folder / RESULT).write_text('{"questions": [3]}'), "unexpected TypeError"),
        (lambda folder: folder.parent.rename(folder.parents[1] / "ghost"), "not in the gradebook"),
    ],
)
def test_one_students_damaged_files_cost_no_other_student_the_page(root, hand_in, damage, why):
    hurt, well = hand_in(graded_notebook(), record(isolation="kernel")), hand_in(graded_notebook(), record())
    folder = root / "autograded" / hurt / "ps"
    damage(folder)
    hurt = hurt if folder.exists() else "ghost"
    try:
        with pytest.raises(
            CourseError, match=f"2 pages written, none for these students:\n  {hurt}: .*{why}"
        ):
            pages.write(root, "ps", [hurt, well])
    finally:
        for path in (root / "autograded" / hurt / "ps").iterdir():
            path.unlink()
        (root / "autograded" / hurt / "ps").rmdir()
    assert (root / "feedback" / well / "ps" / "one.html").is_file()
    assert not (root / "feedback" / hurt).exists()


def test_a_run_that_failed_costs_no_other_student_the_page(root, hand_in, runs):
    hurt, well = hand_in(graded_notebook(), record()), hand_in(graded_notebook(), record())
    runs[hurt] = "the tests have changed since"
    with pytest.raises(
        CourseError, match=f"none for these students:\n  {hurt}: the tests have changed since"
    ):
        pages.write(root, "ps", [hurt, well])
    assert (root / "feedback" / well / "ps" / "one.html").is_file()
    assert not (root / "feedback" / hurt).exists()


def test_writing_again_replaces_the_pages_and_leaves_nothing_else(root, hand_in):
    student = hand_in(graded_notebook(), record())
    folder = root / "autograded" / student / "ps"
    (folder / "timestamp.txt").write_text("2026-11-21 14:00:00 UTC")
    (folder / "submission_secret.txt").write_text("abc")
    before = {path: path.read_bytes() for path in pages.write(root, "ps", [student])}
    # nbgrader's own feedback leaves these there.
    for name in (RESULT, SHOWN):
        (root / "feedback" / student / "ps" / name).write_text(json.dumps(record()))
    assert {path: path.read_bytes() for path in pages.write(root, "ps", [student, student])} == before
    names = sorted(path.name for path in (root / "feedback" / student / "ps").iterdir())
    assert names == ["one.html", "submission_secret.txt", "timestamp.txt", "two.html"]


# Titles and names


def test_a_page_says_chapter_student_and_questions_as_people_call_them(root, hand_in):
    path = root / "release" / "ps" / "one.ipynb"
    before = path.read_text()
    released = [
        new_markdown_cell("# Numbers and what *they* do\n\n## 1. Beginning"),
        new_markdown_cell("Text.\n\n### Question 1: twice `x` (3 points)\n\nMore text."),
        cells.solution("double", STUB),
        new_markdown_cell("Add up the numbers of a list.\nAll of them."),
        cells.solution("total", ""),
        cells.manual("why", ""),
    ]
    save(path, new_notebook(cells=released))
    student = hand_in(graded_notebook(), record())
    with find_course(root).gradebook() as gradebook:
        gradebook.update_or_create_student(student, first_name="Ada", last_name="<b>Lovelace</b>")
    try:
        html = pages.write(root, "ps", [student])[0].read_text()
    finally:
        path.write_text(before)
    text = words(html)
    assert "Feedback on Numbers and what they do (ps) for Ada" in html
    assert f"Numbers and what they do Student Ada <b>Lovelace</b> ({student})" in text
    assert "Question 1: twice x, test 1 Passed 1 of 1" in text
    assert "Question 1: twice x, test 2 Passed 2 of 2" in text
    assert "Add up the numbers of a list Passed 2 of 2" in text
    assert "Question 1: twice x 3 of 3 points double Your answer" in text
    assert "why Not graded yet" in text, "without a heading or text of its own"


def test_progress_is_shown_while_pages_are_written(root, hand_in, monkeypatch):
    shown = []

    def track(students, **options):
        shown.append((list(students), options["unit"]))
        return students

    student = hand_in(graded_notebook(), record())
    monkeypatch.setattr(pages, "track", track)
    pages.write(root, "ps", [student])
    assert shown == [([student], "student")]


# Back to the platform


DOWNLOADS = {
    "moodle": (
        ["Ada Lovelace_1234567_assignsubmission_file_/one.ipynb"],
        "Ada Lovelace_1234567_assignfeedback_file_/",
    ),
    "moodle-flat": (
        ["Ada Lovelace_1234567_assignsubmission_file_one.ipynb"],
        "Ada Lovelace_1234567_assignfeedback_file_/",
    ),
    "canvas": (
        ["lovelaceada_LATE_77_901_one.ipynb", "lovelaceada_LATE_77_902_note_3_4_x.txt"],
        "lovelaceada_LATE_77_902_",
    ),
}


@pytest.mark.parametrize("download", DOWNLOADS)
def test_pages_go_back_under_the_names_that_the_platform_gave(root, hand_in, tmp_path, download):
    files, back = DOWNLOADS[download]
    format = download.partition("-")[0]
    student, other = hand_in(graded_notebook(), record()), hand_in(graded_notebook(), record())
    for name in files:
        path = tmp_path / "download" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(graded_notebook()))
    roster = tmp_path / "roster.csv"
    roster.write_text(f"id,first_name,last_name\n{student},Ada,Lovelace\n")
    collect.collect(root, tmp_path / "download", roster=roster, assignment="ps")
    pages.write(root, "ps", [student, other])
    path, left_out = handback.write_zip(
        root, "ps", [student, other], format=format, out=tmp_path / "back.zip"
    )
    assert left_out == [other]
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [f"{back}one.html", f"{back}two.html"]
        page = root / "feedback" / student / "ps" / "one.html"
        assert archive.read(f"{back}one.html") == page.read_bytes()


def test_without_a_download_of_the_platform_nothing_goes_back_and_the_zip_is_not_written(root, hand_in):
    student = hand_in(graded_notebook(), record())
    pages.write(root, "ps", [student])
    with pytest.raises(CourseError, match=f"no page can go back to Canvas: .* with the work of {student}"):
        handback.write_zip(root, "ps", [student], format="canvas")
    assert list(root.glob("feedback-*.zip")) == []


def test_a_student_cannot_have_the_feedback_sent_to_somebody_else(root, hand_in, tmp_path):
    path = canvas.feedback_path(["eve_5_6_victim_77_901_x.ipynb"], "5", "one.html")
    assert path == "eve_5_6_one.html", "the numbers that the student put into the file's name are gone"


def test_a_link_in_the_submission_is_not_followed_into_the_feedback(root, hand_in):
    student = hand_in(graded_notebook(), record())
    (root / "autograded" / student / "ps" / "timestamp.txt").symlink_to(root / "nbgrader_config.py")
    pages.write(root, "ps", [student])
    assert not (root / "feedback" / student / "ps" / "timestamp.txt").exists()


# In a browser


@pytest.fixture(scope="module")
def rich_pages(root, hand_in):
    """The pages of a submission that has something of everything."""
    outputs = [
        new_output("stream", text="loss 0.5\n" * 60),
        new_output("stream", name="stderr", text="a warning"),
        new_output("execute_result", data={"text/plain": "column " * 60}),
        picture(png(900, 300), **{"image/png": {"alt": "A grey field"}}),
        picture(b"none"),
        new_output("error", ename="ValueError", evalue="no", traceback=["ValueError: no"]),
    ]
    code = (
        """import numpy as np
@decorated
class Model:
    'Text with a {brace}.'
    def call(self, x, *, rate=0.5e-3):  # comment
        return f"{x!r} in {np.pi:.2f}" if x is not None and len(x) > 0x1F else [True, lambda: ...]
"""
        + "x = '"
        + "long" * 60
        + "'"
    )
    said = {
        "double-test-1": {"message": "expected 4, got 5", "returned": "double(2) returned 5", "output": "a"},
        "double-test-2": {"message": "partial credit: 1 of 2"},
    }
    student = hand_in(
        graded_notebook(new_code_cell("help = 1"), double=code, outputs=outputs, why="Since. " * 80),
        record(tests=said, notes=["one: a cell was there twice"], reason="two.ipynb: the kernel died"),
        grades={"double-test-1": {"auto_score": 0}, "double-test-2": {"auto_score": 1}},
        comments={"why": "A comment. " * 20},
        penalty=0.5,
    )
    return pages.write(root, "ps", [student])


SCREENS = (DESKTOP, PHONE)


@pytest.fixture
def visit(chromium):
    """Opens a page; its `faults` are what it reports and whatever it asks for besides itself."""
    contexts = []

    def open_(path, viewport, scheme="light"):
        contexts.append(chromium.new_context(viewport=viewport, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.faults = faults = []
        page.on("console", lambda said: faults.append(said.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append("a dialog") or dialog.dismiss())
        page.on(
            "request",
            lambda sent: None if sent.url.startswith((path.as_uri(), "data:")) else faults.append(sent.url),
        )
        page.goto(path.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", SCREENS, ids=["desktop", "phone"])
def test_axe_finds_no_barrier_and_the_page_fits_the_screen(visit, rich_pages, viewport, scheme):
    from axe_playwright_python.sync_playwright import Axe

    for path in rich_pages:
        page = visit(path, viewport, scheme)
        found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert page.faults == []


def test_light_and_dark_differ_and_the_policy_admits_the_style(visit, rich_pages):
    background = "getComputedStyle(document.body).backgroundColor"
    light, dark = (
        visit(rich_pages[0], SCREENS[0], scheme).evaluate(background) for scheme in ("light", "dark")
    )
    assert (light, dark) == ("rgb(243, 245, 249)", "rgb(16, 20, 27)")


def test_pictures_are_drawn_no_wider_than_their_column(visit, rich_pages):
    image = visit(rich_pages[0], SCREENS[1]).get_by_role("img", name="A grey field")
    assert image.evaluate("image => image.complete && image.naturalWidth") == 900
    assert image.bounding_box()["width"] < 390


def test_the_keyboard_skips_to_the_questions(visit, rich_pages):
    page = visit(rich_pages[0], SCREENS[0])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the questions"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "questions"


def test_headings_go_down_one_level_at_a_time(rich_pages):
    levels = [int(tag[1]) for tag, _ in Read(rich_pages[0].read_text()).elements if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))


def test_injected_scripts_do_not_run_in_a_browser(visit, root, hand_in):
    student = hand_in(graded_notebook(double="\n".join(HOSTILE[:-1]), why="\n".join(HOSTILE[:-1])), record())
    page = visit(pages.write(root, "ps", [student])[0], SCREENS[0])
    page.wait_for_timeout(200)
    assert page.faults == []
