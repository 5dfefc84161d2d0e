"""Every autograded question accepts different right answers and rejects wrong ones, with the points they deserve.

Setup cell, answer and test cells run in this process, one after another: what nbgrader makes of them is tested with
whole submissions elsewhere, and sixty of those would take a quarter of an hour.
"""

import ast
import warnings
from collections import Counter
from functools import cache

import pytest
from conftest import ROOT

from coursekit import notebooks
from coursekit.staff import execute, sample_submissions

CHAPTERS = execute.find_chapters(ROOT)
ANSWERS = [
    (chapter, answer)
    for chapter in CHAPTERS
    for answer in sample_submissions.read_answers(ROOT / "answers" / f"{chapter}.py")
]
QUESTIONS = [
    (chapter, question)
    for chapter in CHAPTERS
    for question in notebooks.questions(notebooks.read(execute.source_path(ROOT, chapter)))
]


@cache
def cells(chapter):
    return notebooks.read(execute.source_path(ROOT, chapter)).cells


@cache
def after_setup(chapter):
    """What the parameters and setup cells define. No study has run."""
    namespace = {"display": lambda *shown: None}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSEKIT_PROFILE", "smoke")
        for cell in cells(chapter):
            if notebooks.role(cell) in ("parameters", "setup"):
                exec(compile(cell.source, f"{chapter}, {cell.id}", "exec"), namespace)
    return namespace


def cells_testing(chapter, question):
    return [
        cell for cell in cells(chapter) if (notebooks.grade_id(cell) or "").startswith(f"{question}-test-")
    ]


def run_cell(cell, namespace):
    """What the cell shows, if its last line is an expression: for nbgrader a number is partial credit."""
    tree = ast.parse(cell.source)
    last = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, cell.id, "exec"), namespace)
    return eval(compile(last, cell.id, "eval"), namespace) if last else None


def points(chapter, question, code):
    """The points that the question's test cells give to an answer."""
    namespace = dict(after_setup(chapter))
    try:
        exec(compile(code, f"answer to {question}", "exec"), namespace)
    except NotImplementedError:
        pass
    total = 0
    for cell in cells_testing(chapter, question):
        try:
            # A warning goes to stderr, and nbgrader gives no points to a test cell that writes there.
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)
                shown = run_cell(cell, namespace)
            total += shown if isinstance(shown, float) else cell.metadata.nbgrader.points
        except Exception as error:
            print(f"{cell.id}: {type(error).__name__}: {error}")
    return total


def source_of(chapter, question):
    return next(cell.source for cell in cells(chapter) if notebooks.grade_id(cell) == question)


@pytest.mark.parametrize(
    ("chapter", "answer"), ANSWERS, ids=[f"{c}-{a.question}-{a.why.replace(' ', '-')}" for c, a in ANSWERS]
)
def test_an_answer_gets_the_points_that_it_deserves(chapter, answer):
    assert points(chapter, answer.question, answer.code) == answer.points


@pytest.mark.parametrize(("chapter", "question"), QUESTIONS)
def test_the_reference_solution_gets_all_points_and_the_unanswered_cell_none(chapter, question):
    source = source_of(chapter, question)
    most = notebooks.questions(notebooks.read(execute.source_path(ROOT, chapter)))[question]
    assert points(chapter, question, source) == most
    stub = source[: source.index("### BEGIN SOLUTION")] + "raise NotImplementedError()"
    assert points(chapter, question, stub) == 0


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_question_has_two_right_answers_and_three_wrong_ones(chapter):
    answers = [answer for of, answer in ANSWERS if of == chapter]
    right = Counter(answer.question for answer in answers if answer.right)
    wrong = Counter(answer.question for answer in answers if not answer.right)
    for question in notebooks.questions(notebooks.read(execute.source_path(ROOT, chapter))):
        assert right[question] >= 2 and wrong[question] >= 3, question


@pytest.mark.parametrize(("chapter", "question"), QUESTIONS)
def test_no_public_function_of_coursekit_earns_points_as_an_answer(chapter, question):
    from coursekit import checks, data, drawings, plots, profiles, training
    from coursekit.record import claims, networks

    for module in (checks, claims, data, drawings, networks, plots, profiles, training):
        for name in vars(module):
            if name.startswith("_") or not callable(getattr(module, name)):
                continue
            code = f"from {module.__name__} import {name}\n{question.replace('-', '_')} = {name}"
            assert points(chapter, question, code) == 0, f"{module.__name__}.{name}"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_function_that_a_study_shows_earns_points_as_an_answer(chapter):
    for cell in cells(chapter):
        if notebooks.role(cell) != "study":
            continue
        for shown in ast.parse(cell.source).body:
            if isinstance(shown, ast.FunctionDef):
                for question in notebooks.questions(notebooks.read(execute.source_path(ROOT, chapter))):
                    code = f"{ast.unparse(shown)}\n{question.replace('-', '_')} = {shown.name}"
                    assert points(chapter, question, code) == 0, f"{shown.name} answers {question}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_right_answers_that_train_pass_from_any_seed(seed, monkeypatch):
    import keras

    plant = keras.utils.set_random_seed
    monkeypatch.setattr(keras.utils, "set_random_seed", lambda given: plant(given + 1000 * seed))
    for chapter, answer in ANSWERS:
        if answer.right and any(
            "set_random_seed" in cell.source for cell in cells_testing(chapter, answer.question)
        ):
            assert points(chapter, answer.question, answer.code) == answer.points, answer.why
