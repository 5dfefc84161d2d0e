"""Sentences about runs: a false one is found, named and counted, whatever the seeds, and leaves the notebook alone."""

import nbformat
import pytest
from conftest import make_small_course
from fixtures import cells

from coursekit import cli
from coursekit.notebooks import CourseError
from coursekit.staff import execute, truth

SENTENCES = '''"""What dice says of its runs."""

import numpy as np


def helper(low, high):
    return low < high


def a_throw_is_a_number(run):
    assert np.isfinite(run["thrown"])


def the_throw_is_that_of_the_first_seed(run):
    assert run["thrown"] == np.round(0.345584192064786, 15), f"thrown: {run['thrown']:.3f}"


def the_moon_is_mentioned(run):
    assert run["moon"]
'''


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with a chapter that throws a die with seed 1, and three sentences on it, of which one cannot hold."""
    root = make_small_course(tmp_path_factory.mktemp("truth") / "course")
    drawn = "import numpy as np\n\nthrown = np.round(np.random.default_rng(1).normal(), 15)\nprint(thrown)"
    cells.write(root, "dice", cells.chapter(cells.study(drawn)))
    (root / "truth").mkdir()
    truth.path(root, "dice").write_text(SENTENCES, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def runs(course):
    """What the run with the notebook's own seed and one with another say of each sentence."""
    return execute.truths(course, ["dice"], profile="smoke", runs=2)["dice"]


def test_a_sentence_is_a_function_of_a_run_and_a_helper_is_none(runs):
    named = ["a_throw_is_a_number", "the_throw_is_that_of_the_first_seed", "the_moon_is_mentioned"]
    assert [list(said) for said in runs] == [named, named]


def test_what_holds_says_nothing_and_what_fails_says_why_and_in_which_line(runs):
    assert runs[0]["a_throw_is_a_number"] == runs[0]["the_throw_is_that_of_the_first_seed"] == ""
    assert runs[0]["the_moon_is_mentioned"] == "line 19: KeyError: 'moon'"


def test_another_run_has_other_seeds(runs):
    assert runs[1]["a_throw_is_a_number"] == ""
    assert runs[1]["the_throw_is_that_of_the_first_seed"].startswith("line 15: AssertionError: thrown: ")


def test_the_executed_notebook_holds_only_its_own_cells(course, runs):
    source = nbformat.read(execute.source_path(course, "dice"), as_version=4)
    for seeds in (0, 1):
        kept = nbformat.read(execute.executed_path(course, "dice", "smoke", seeds), as_version=4)
        own = [
            cell.source for cell in kept.cells if "injected-parameters" not in cell.metadata.get("tags", [])
        ]
        assert own == [cell.source for cell in source.cells]


def test_a_changed_sentence_is_checked_again(course, runs):
    path = truth.path(course, "dice")
    path.write_text(SENTENCES.replace('run["moon"]', 'run["thrown"]'), encoding="utf-8")
    result = execute.run(course, ["dice"], profile="smoke")[0]
    path.write_text(SENTENCES, encoding="utf-8")
    assert not result.cached and result.truth["the_moon_is_mentioned"] == ""


def test_the_command_counts_the_runs_in_which_a_sentence_held_and_fails_if_one_did_not(course, runs, capsys):
    command = ["truth", "dice", "--course", str(course), "--profile", "smoke", "--runs", "2"]
    assert cli.main(command) == 1
    told = capsys.readouterr().out
    assert "dice:   2 of 2  a throw is a number\n" in told
    assert "dice:   1 of 2  the throw is that of the first seed\n    line 15: AssertionError" in told
    assert "dice:   0 of 2  the moon is mentioned\n    line 19: KeyError: 'moon'" in told


def test_a_chapter_without_sentences_and_no_runs_at_all_are_refused(course):
    with pytest.raises(CourseError, match=r"tiny: no sentences to check; .*truth.tiny\.py"):
        execute.truths(course, ["tiny"])
    with pytest.raises(CourseError, match="runs must be at least 1, got 0"):
        execute.truths(course, ["dice"], runs=0)
