"""Every autograded question accepts different right answers and rejects wrong ones, with the points they deserve.

Setup cell, answer and test cells run in one process, one after another: what the grader makes of them is what
`coursekit verify` asks, and what nbgrader makes of them is tested with whole submissions elsewhere.
"""

import ast

import pytest
from conftest import ROOT

from coursekit import notebooks
from coursekit.machine import affordable
from coursekit.staff import execute
from coursekit.staff.answers import read_answers
from coursekit.staff.course import find_course
from coursekit.staff.sandbox import host
from coursekit.staff.verify import prove, report
from coursekit.staff.verify.graders import Asked, graders

CHAPTERS = execute.find_chapters(ROOT)
SANDBOXED = not host.why_not()
ANSWERS = {chapter: read_answers(ROOT / "answers" / f"{chapter}.py") for chapter in CHAPTERS}


def source_of(chapter):
    return notebooks.read(execute.source_path(ROOT, chapter))


def proof_of(chapter, *, quick):
    [proof] = prove.verify(
        ROOT, chapter, with_mutants=True, quick=quick, jobs=affordable(1e9), sandboxed=SANDBOXED, real=False
    )
    return proof


def verdicts_on(chapter, asked):
    """The verdicts on answers to the chapter's questions."""
    options = {"jobs": affordable(1e9), "sandboxed": SANDBOXED, "real": False}
    with graders(find_course(ROOT), chapter, source_of(chapter), **options) as [grader]:
        return grader.judge(asked)


@pytest.fixture(scope="module", params=CHAPTERS)
def proof(request):
    return proof_of(request.param, quick=True)


def test_answers_reference_and_unanswered_cell_get_the_points_that_they_deserve(proof):
    misjudged = [str(each) for question in proof.questions for each in question.misjudged]
    assert [fault for fault in proof.faults if "stale" not in fault] + misjudged == []


def test_mutants_of_the_references_get_less_than_all_points_or_are_equivalent(proof):
    assert [fault for fault in proof.faults if "stale" in fault] == []
    assert proof.share_killed >= report.BAR, "\n".join(proof.lines())


@pytest.mark.slow
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_mutants_of_questions_that_take_long_get_less_than_all_points(chapter):
    proof = proof_of(chapter, quick=False)
    assert not any(question.not_tried for question in proof.questions)
    assert proof.share_killed >= report.BAR, "\n".join(proof.lines())


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_public_function_of_coursekit_and_none_that_a_study_shows_earns_points_as_an_answer(chapter):
    from coursekit import checks, data, drawings, plots, profiles, training
    from coursekit.record import claims, networks

    offered = {
        f"{module.__name__}.{name}": (f"from {module.__name__} import {name}", name)
        for module in (checks, claims, data, drawings, networks, plots, profiles, training)
        for name in vars(module)
        if not name.startswith("_") and callable(getattr(module, name))
    }
    source = source_of(chapter)
    for cell in source.cells:
        if notebooks.role(cell) == "study":
            shown = [s for s in ast.parse(cell.source).body if isinstance(s, ast.FunctionDef)]
            offered |= {f"{chapter}, {s.name}": (ast.unparse(s), s.name) for s in shown}
    asked = [
        Asked(question, f"{code}\n{question.replace('-', '_')} = {name}")
        for question in notebooks.questions(source)
        for code, name in offered.values()
    ]
    verdicts = verdicts_on(chapter, asked)
    assert len(verdicts) == len(asked) > 100
    earned = [each.code for each, verdict in zip(asked, verdicts, strict=True) if verdict.points]
    assert earned == []


def planting(chapter):
    """The questions with a test that plants Keras's seed."""
    return {
        match["question"]
        for cell in source_of(chapter).cells
        if (match := notebooks.TEST_ID.fullmatch(notebooks.grade_id(cell) or ""))
        and "set_random_seed" in cell.source
    }


@pytest.mark.slow
@pytest.mark.parametrize("chapter", list(filter(planting, CHAPTERS)))
def test_right_answers_that_train_pass_from_any_seed(chapter):
    train = planting(chapter)
    right = [answer for answer in ANSWERS[chapter] if answer.right and answer.question in train]
    assert {answer.question for answer in right} == train
    others = [
        "import keras\n"
        "keras.planted = getattr(keras, 'planted', keras.utils.set_random_seed)\n"
        f"keras.utils.set_random_seed = lambda given: __import__('keras').planted(given + {1000 * seed})\n"
        for seed in range(20)
    ]
    tried = [(other, answer) for other in others for answer in right]
    verdicts = verdicts_on(chapter, [Asked(answer.question, other + answer.code) for other, answer in tried])
    for (_, answer), verdict in zip(tried, verdicts, strict=True):
        assert verdict.points == answer.points, (answer.why, verdict.reasons)
