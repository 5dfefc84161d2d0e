"""How long a chapter takes: the formula, and the two places in a notebook that say it."""

import json

import pytest
from fixtures import cells
from nbformat.v4 import new_code_cell

from coursekit import cli, notebooks
from coursekit.notebooks import CourseError
from coursekit.staff import execute, reading_time

SAID = "**You need** Python. **Time**: 60 to 90 minutes for all of it; more for the last question."


def folded(source, tag):
    cell = cells.study(source, name="study-folded")
    cell.metadata["tags"].append(tag)
    return cell


def written(root, *more):
    return cells.write(root, "tiny", cells.chapter(cells.prose(SAID), *more))


def test_the_minutes_follow_from_words_open_code_points_and_self_check_questions():
    words = cells.prose("word " * 2_984 + SAID)
    study = cells.study("\n".join(f"x = {n}" for n in range(100)))
    hidden = [folded("y = 1\n" * 25, "hide-input"), folded("y = 1\n" * 25, "remove-input")]
    test, manual = (
        cells.test("double-test-1", "assert True", points=2),
        cells.manual("why", "Because.", points=3),
    )
    quiz = folded('quiz("how-networks-learn", "descent")', "remove-input")
    nb = cells.chapter(words, study, *hidden, cells.answer("double", "    pass"), test, manual, quiz)
    assert (reading_time.words(nb), reading_time.open_lines(nb), reading_time.quiz_questions(nb)) == (
        3_003,
        100,
        4,
    )
    assert (
        reading_time.minutes(nb) == 45
    )  # 20 for the words, 10 for the lines, 15 for the points, 2 for the quiz
    nb.cells[-4:] = []
    assert reading_time.minutes(nb) == 30


def test_the_minutes_are_written_into_metadata_and_text_and_nothing_else_changes(small_course, capsys):
    path = written(small_course, cells.study("z = 1\n" * 200))
    before = path.read_text(encoding="utf-8")
    assert cli.main(["minutes", "tiny", "--course", str(small_course)]) == 0
    assert capsys.readouterr().out == "tiny: 20 minutes\n"
    nb = notebooks.read(path)
    assert nb.metadata.coursekit.minutes == 20 and reading_time.stated(nb) == {20}
    assert nb.cells[3].source == SAID.replace("60 to 90", "about 20")
    after = path.read_text(encoding="utf-8")
    assert after == before.replace("60 to 90 minutes", "about 20 minutes").replace(
        '"minutes": 5', '"minutes": 20'
    )
    assert reading_time.write(small_course) == {"tiny": 20} and path.read_text(encoding="utf-8") == after


def test_a_chapter_that_says_two_different_times_is_noticed(small_course):
    nb = notebooks.read(written(small_course))
    assert reading_time.stated(nb) == {5, 90}


def test_a_chapter_that_does_not_say_its_time_is_named(small_course):
    with pytest.raises(CourseError, match=r"tiny\.ipynb: no line `\*\*Time\*\*: about 60 minutes`"):
        reading_time.write(small_course)


def test_a_quiz_that_has_no_questions_is_named(small_course):
    nb = cells.chapter(cells.study('quiz("how-networks-learn", "nowhere")'))
    with pytest.raises(CourseError, match=r"how-networks-learn\.toml: no question for the section 'nowhere'"):
        reading_time.minutes(nb)


def test_code_that_speaks_of_a_quiz_shows_none():
    sources = ('text = \'quiz("a", "b")\'', "# quiz(one)\nx = 1", "my_quiz(1, 2)")
    nb = cells.chapter(*map(cells.study, sources), new_code_cell('quiz("a", "b")'))
    assert reading_time.quizzes_shown(nb) == []


def test_a_new_chapter_says_its_time_where_it_can_be_written(small_course):
    (small_course / "_toc.yml").write_text("chapters:\n  - file: notebooks/tiny/tiny\n")
    assert cli.main(["new-chapter", "fresh", "--course", str(small_course)]) == 0
    assert reading_time.write(small_course, ["fresh"]) == {"fresh": 5}
    document = json.loads(execute.source_path(small_course, "fresh").read_text(encoding="utf-8"))
    assert document["metadata"]["coursekit"]["minutes"] == 5
