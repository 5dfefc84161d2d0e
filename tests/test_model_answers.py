"""Answers for who learns alone: on the terminal, and on the site only where the instructor wants it."""

import pytest
from fixtures import cells

from coursekit import cli
from coursekit.notebooks import CourseError
from coursekit.staff import model_answers


@pytest.fixture
def asked(small_course):
    nb = cells.tiny()
    nb.cells[4].source = "## Part\n\n### Question 1: double it (3 points)\n\nWrite `double`."
    cells.write(small_course, "tiny", nb)
    return small_course


def test_a_chapters_answers_are_printed_with_the_points_of_written_ones_and_without_hidden_tests(
    asked, capsys
):
    assert cli.main(["answers", "tiny", "--course", str(asked)]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "# Answers: Tiny\n\n## Question 1: double it (3 points)\n\n```python\ndef double(x):\n"
    )
    assert "    twice = x + x\n    return twice\n```" in said
    assert said.endswith("Because.\n\n**How points are given**\n\nOne point a reason.\n")
    assert not any(part in said for part in ("-7.5", "nothing is 0", "BEGIN", "END ", "assert"))


def test_one_question_is_answered_without_the_others(asked, capsys):
    assert cli.main(["answers", "tiny/total", "--course", str(asked)]) == 0
    said = capsys.readouterr().out
    assert "return sum(xs)" in said and "twice" not in said and "Because" not in said


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("tiny/triple", "tiny: no question 'triple'; there are: double, total, why"),
        ("small", "no chapter 'small'; the course has: tiny"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(asked, capsys, wanted, told):
    assert cli.main(["answers", wanted, "--course", str(asked)]) == 1
    assert told in capsys.readouterr().err


def test_code_with_a_fence_in_it_stays_whole():
    nb = cells.chapter(cells.answer("fence", 'TEXT = """\n```python\nx\n```\n"""'))
    [answer] = model_answers.of_notebook(nb)
    assert answer.answer.startswith("````python\n") and answer.answer.endswith("\n````")


def test_links_of_a_model_answer_lead_from_the_page_to_the_same_places(small_course):
    text = "See [loss](../../book/glossary.md#loss) and [MLP](../mnist-mlp/mnist-mlp.ipynb), not [x](https://a.b/c)."
    cells.write(small_course, "tiny", cells.chapter(cells.manual("why", f"{text}\n")))
    page = model_answers.page(small_course, ["tiny"])
    assert "(glossary.md#loss)" in page and "(../notebooks/mnist-mlp/mnist-mlp.ipynb)" in page
    assert "(https://a.b/c)" in page and "## [Tiny](../notebooks/tiny/tiny.ipynb)" in page
    assert "<details><summary>Answer</summary>\n\nSee [loss]" in page


@pytest.mark.parametrize(("line", "published"), [("", False), ("= True", True), ("= False", False)])
def test_answers_are_published_only_if_the_settings_say_so(small_course, line, published):
    assert model_answers.is_published(small_course) is False
    if line:
        with (small_course / "nbgrader_config.py").open("a") as settings:
            settings.write(f"\nc.CoursekitSite.answers {line}\n")
    assert model_answers.is_published(small_course) is published


def test_a_setting_that_is_neither_yes_nor_no_is_an_error(small_course):
    with (small_course / "nbgrader_config.py").open("a") as settings:
        settings.write("\nc.CoursekitSite.answers = 'after week 3'\n")
    with pytest.raises(CourseError, match="expected True or False, got 'after week 3'"):
        model_answers.is_published(small_course)


def test_a_course_without_settings_publishes_no_answers(tmp_path):
    assert model_answers.is_published(tmp_path) is False
