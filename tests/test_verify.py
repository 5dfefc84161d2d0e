"""`coursekit verify`: answer banks and mutants, in the grader and in one process; skeletons of what to write."""

import ast
import json
import shutil

import pytest
from conftest import ROOT, make_small_course
from fixtures import cells

from coursekit import cli, notebooks
from coursekit.notebooks import CourseError
from coursekit.staff import answers, execute, faults, proofs
from coursekit.staff.verify import prove, report, skeletons
from coursekit.staff.verify.mutants import mutants

SOURCE = '''def scaled(images, axis=0):
    """The images, each over its largest value."""
    ### BEGIN SOLUTION
    if not len(images):
        return images
    far = np.max(images[1:], axis=(1, 2), keepdims=True)  # a size a picture
    return images / far, -far
    ### END SOLUTION
kept = 3
'''


def written(*entries):
    """A bank of entries, each a header without its mark and the code below it."""
    return "\n".join(f"# %% {header}\n{code}\n" for header, code in entries)


@pytest.fixture(scope="module")
def proved(tmp_path_factory):
    """The small course's chapter, verified with its mutants."""
    root = make_small_course(tmp_path_factory.mktemp("verify") / "course")
    [proof] = prove.verify(root, "tiny", with_mutants=True, jobs=2)
    return proof


def bank_of(root):
    return root / "answers" / "tiny.py"


def full_bank():
    """Answers that prove `double` of the small chapter, but for what its tests do not see."""
    right = ["double = lambda x: x * 2", "def double(x):\n    return x + x"]
    wrong = [f"def double(x):\n    return 2 * x + {n}" for n in range(1, prove.WRONG_ANSWERS + 1)]
    return written(
        *((f"double | right | 3 | way {n}", code) for n, code in enumerate(right)),
        *((f"double | wrong | 0 | adds {n}", code) for n, code in enumerate(wrong)),
    )


# Mutants


def changed_lines(source=SOURCE):
    return {line for mutant in mutants(source) for line in mutant.added}


@pytest.mark.parametrize(
    "line",
    [
        "far = np.max(images[2:], axis=(1, 2), keepdims=True)  # a size a picture",
        "far = np.max(images[1:], axis=(1, 3), keepdims=True)  # a size a picture",
        "far = np.max(images[1:], axis=(1, 2), keepdims=False)  # a size a picture",
        "far = np.max(images[1:], axis=(1, 2))  # a size a picture",
        "far = np.max(images[1:], keepdims=True)  # a size a picture",
        "far = np.max(images[:], axis=(1, 2), keepdims=True)  # a size a picture",
        "far = np.min(images[1:], axis=(1, 2), keepdims=True)  # a size a picture",
        "pass  # a size a picture",
        "if len(images):",
        "if True:",
        "if False:",
        "return None",
        "return images * far, -far",
        "return images // far, -far",
        "return images / far, far",
        "return -far, images / far",
    ],
)
def test_a_mutant_changes_one_thing_and_leaves_the_rest_of_its_line_as_written(line):
    assert line in changed_lines()


def test_only_what_stands_between_the_marks_of_the_solution_is_changed():
    for mutant in mutants(SOURCE):
        assert mutant.code.startswith('def scaled(images, axis=0):\n    """The images')
        assert mutant.code.endswith("    ### END SOLUTION\nkept = 3\n")


def test_mutants_parse_and_no_two_of_them_mean_the_same_nor_what_the_reference_does():
    meanings = [ast.dump(ast.parse(code)) for code in (SOURCE, *(mutant.code for mutant in mutants(SOURCE)))]
    assert len(set(meanings)) == len(meanings) > 20


@pytest.mark.parametrize(
    ("code", "mutant"),
    [
        ("w - x * y", "w - (x + y)"),
        ("(a + b) * c", "(a - b) * c"),
        ("a < b", "a <= b"),
        ("a == b", "a != b"),
        ("a and b", "a or b"),
        ("a and b", "b"),
        ("f(a, b)", "f(b, a)"),
        ("x ** 2", "x ** -2"),
        ("x[a:b]", "x[a - 1:b]"),
        ("x[a:b]", "x[a:]"),
        ("x[a]", "x"),
        ("x[a:b]", "x[a:b + 1]"),
        ("[i for i in x if i]", "[i for i in x if True]"),
        ("a if b else c", "a if False else c"),
        ("compile(optimizer='adam')", "compile(optimizer='rmsprop')"),
        ("f('ü', 1)", "f('ü', 2)"),
        ("Model([Dense(1), Dropout(2)])", "Model([Dense(1), *[]])"),
    ],
)
def test_each_kind_of_fault_is_made(code, mutant):
    assert mutant in {each.code for each in mutants(code)}


def test_progress_bars_and_the_order_of_texts_are_no_faults():
    assert [mutant.what for mutant in mutants("f(verbose=0)")] == ["a statement dropped"]
    compared = {mutant.code for mutant in mutants("kind == 'conv'")}
    assert compared == {"pass", "kind != 'conv'", "kind == 'conv_'"}


@pytest.mark.parametrize("code", ["max(0, x)", "'''A text that does nothing.'''", "f'{x:.1f}'"])
def test_no_mutant_is_made_where_nothing_would_change(code):
    assert [m.code for m in mutants(code) if m.what in ("two arguments swapped",) or "f'" in m.code] == []


def test_a_mutant_shows_its_difference_as_the_reference_was_written():
    mutant = next(
        each for each in mutants(SOURCE) if each.what == "None returned" and "None" in each.added[0]
    )
    assert "-        return images\n+        return None" in mutant.diff


@pytest.mark.parametrize("chapter", execute.find_chapters(ROOT))
def test_every_reference_of_the_course_has_mutants(chapter):
    nb = notebooks.read(execute.source_path(ROOT, chapter))
    for question in notebooks.questions(nb):
        assert len(mutants(prove.reference(nb, question))) >= 3, question


# Equivalent mutants in a bank


def test_an_equivalent_mutant_is_recognised_by_its_lines_whatever_else_the_answer_says(tmp_path):
    file = tmp_path / "bank.py"
    entry = ("double | equivalent | 3 | any shift", "# - far = np.<...>\n# + pass  # a size a picture")
    file.write_text(written(entry, ("double | right | 3 | adds", "x = 1")), encoding="utf-8")
    [equivalent] = answers.read_equivalents(file)
    assert [answer.why for answer in answers.read_answers(file)] == ["adds"]
    assert [m.what for m in mutants(SOURCE) if equivalent.matches(m.removed, m.added)] == [
        "a statement dropped"
    ]
    edited = SOURCE.replace("if not len(images)", "if len(images) == 0")
    assert any(equivalent.matches(m.removed, m.added) for m in mutants(edited))


@pytest.mark.parametrize("body", ["", "x = 1", "# far = 2", "# - a\nx = 1"])
def test_an_equivalent_mutant_without_the_lines_of_a_difference_is_refused(tmp_path, body):
    file = tmp_path / "bank.py"
    file.write_text(written(("double | equivalent | 3 | why", body)), encoding="utf-8")
    with pytest.raises(CourseError, match=r"line 1: expected the lines of a mutant"):
        answers.read_equivalents(file)


def test_a_comment_above_an_entry_belongs_to_no_other(tmp_path):
    file = tmp_path / "bank.py"
    same = written(("double | equivalent | 3 | any shift", "# - far = 1\n# + pass"))
    file.write_text(
        f"{same}\n\n# 20 seeds: 0.4 to 0.5\n# %% learn | right | 3 | adds\nx = 1\n", encoding="utf-8"
    )
    [equivalent], [answer] = answers.read_equivalents(file), answers.read_answers(file)
    assert (equivalent.removed, equivalent.added, answer.code) == (("far = 1",), ("pass",), "x = 1")


# Verifying a chapter


def test_answers_reference_and_unanswered_cell_are_judged_in_the_grader_and_in_one_process(proved):
    double = proved.questions[0]
    judged = {
        (each.kind, each.why): (each.graded, each.alone) for each in double.judged if each.kind != "mutant"
    }
    assert judged == {
        ("reference", ""): (3, 3),
        ("stub", ""): (0, 0),
        ("right", "adds"): (3, 3),
        ("right", "multiplies"): (3, 3),
        ("wrong", "rounds"): (1, 1),
    }
    assert double.misjudged == proved.differences == []


def test_a_mutant_that_loses_a_point_is_killed(proved):
    assert all(each.as_deserved for each in proved.questions[0].judged if each.kind == "mutant")
    total = proved.questions[1]
    assert [(m.why, m.expected, m.as_deserved) for m in total.judged if m.kind == "mutant"] == [
        ("None returned", 2, True),
    ]


def test_a_bank_with_too_few_answers_proves_nothing(proved):
    assert not proved.proved
    assert any("total has 1 right and 1 wrong answers, needs 2 and" in fault for fault in proved.faults)
    assert "The bank:" in proved.lines()


def verified(root, **options):
    [proof] = prove.verify(root, "tiny/double", jobs=2, **options)
    return proof


def test_a_proved_question_exits_with_0_and_writes_all_that_was_found(small_course, tmp_path, capsys):
    bank_of(small_course).write_text(full_bank(), encoding="utf-8")
    report = tmp_path / "report.json"
    arguments = ["verify", "tiny/double", "--mutants", "--jobs", "2", "--json", str(report)]
    status = cli.main([*arguments, "--course", str(small_course)])
    shown = capsys.readouterr().out
    assert status == 0, shown
    assert f"| double   | 2 of 2         | {prove.WRONG_ANSWERS} of {prove.WRONG_ANSWERS}" in shown
    [found] = json.loads(report.read_text())
    assert found["chapter"] == "tiny" and len(found["questions"][0]["judged"]) > 8


def test_a_chapter_that_was_proved_is_noted_for_the_instructors_page_until_it_changes(small_course):
    right = ["total = sum", "def total(xs):\n    s = 0\n    for x in xs:\n        s += x\n    return s"]
    wrong = [f"def total(xs):\n    return sum(xs) + {n}" for n in range(1, prove.WRONG_ANSWERS + 1)]
    nb = notebooks.read(execute.source_path(small_course, "tiny"))
    most = notebooks.questions(nb)["total"]
    bank = written(
        *((f"total | right | {most:g} | way {n}", code) for n, code in enumerate(right)),
        *((f"total | wrong | 0 | adds {n}", code) for n, code in enumerate(wrong)),
    )
    bank_of(small_course).write_text(full_bank() + bank, encoding="utf-8")
    assert proofs.read(small_course, "tiny") is None
    [proof] = prove.verify(small_course, "tiny", with_mutants=True, jobs=2)
    kept = proofs.read(small_course, "tiny")
    assert proof.proved == (kept is not None), proof.lines()
    assert kept.current and [row.question for row in kept.rows] == ["double", "total"]
    assert [(row.right, row.wrong) for row in kept.rows] == [(2, prove.WRONG_ANSWERS)] * 2
    assert all(row.mutants == row.killed + row.equivalent for row in kept.rows)
    with bank_of(small_course).open("a", encoding="utf-8") as bank_file:
        bank_file.write(written((f"total | right | {most:g} | another", "import math\n\ntotal = math.fsum")))
    assert not proofs.read(small_course, "tiny").current


def test_a_damaged_note_of_a_proof_is_named(small_course):
    (small_course / "answers" / "tiny.json").write_text('{"questions": [{}]}')
    with pytest.raises(CourseError, match=r"tiny.json: not what `coursekit verify tiny --mutants` writes"):
        proofs.read(small_course, "tiny")


def test_a_hole_in_the_tests_is_shown_with_the_mutant_that_goes_through(small_course):
    nb = cells.tiny()
    tests = [cell for cell in nb.cells if (notebooks.grade_id(cell) or "").startswith("double-test")]
    for cell in tests:
        cell.source = "assert double(0) == 0"
    cells.write(small_course, "tiny", nb)
    proof = verified(small_course, with_mutants=True)
    assert "twice = x - x" in {
        line.strip("+ ") for each in proof.survivors for line in each.diff.splitlines()
    }
    assert not proof.proved and proof.share_killed < 0.99
    [misjudged] = [each for each in proof.questions[0].misjudged if each.kind == "wrong"]
    assert "rounds" in str(misjudged) and "got 3 in the grader, 3 in one process" in str(misjudged)


def test_an_equivalent_mutant_does_not_count_as_a_hole_and_a_stale_one_is_reported(small_course):
    source = cells.tiny()
    answer = next(cell for cell in source.cells if notebooks.grade_id(cell) == "double")
    answer.source = answer.source.replace("twice = x + x", "twice = x + x + 0 * x")
    cells.write(small_course, "tiny", source)
    before = verified(small_course, with_mutants=True)
    assert "twice = x + x - 0 * x" in "".join(each.diff for each in before.survivors)
    same = (
        "double | equivalent | 3 | nothing is added",
        "# - twice = x + x + 0 * x\n# + twice = x + x <...>",
    )
    stale = ("double | equivalent | 3 | of long ago", "# - twice = 2 * x\n# + twice = 3 * x")
    bank_of(small_course).write_text(full_bank() + written(same, stale), encoding="utf-8")
    proof = verified(small_course, with_mutants=True)
    assert proof.questions[0].equivalent and len(proof.survivors) < len(before.survivors)
    assert [fault for fault in proof.faults if "stale" in fault and "double" in fault] == list(proof.faults)
    assert len(proof.faults) == 1


def test_a_mutant_that_never_ends_is_killed(small_course):
    source = cells.tiny()
    answer = next(cell for cell in source.cells if notebooks.grade_id(cell) == "double")
    answer.source = (
        "def double(x):\n    ### BEGIN SOLUTION\n    n = 2\n    while n < 3:\n        n += 1\n"
        "    return 2 * x\n    ### END SOLUTION"
    )
    cells.write(small_course, "tiny", source)
    proof = verified(small_course, with_mutants=True)
    [endless] = [m for m in proof.questions[0].judged if m.kind == "mutant" and "-= 1" in m.diff]
    assert endless.as_deserved and endless.points == [0, 0]


def test_an_answer_that_the_two_graders_judge_differently_is_named(small_course):
    nb = cells.tiny()
    test = next(cell for cell in nb.cells if notebooks.grade_id(cell) == "double-test-1")
    # Arguments are copies in the grader, so that only one process sees what was done to this one.
    test.source = "x = [2]\ndouble(x)\nassert x == [2]"
    cells.write(small_course, "tiny", nb)
    code = "def double(x):\n    if isinstance(x, list):\n        x.append(1)\n    return x + x"
    bank_of(small_course).write_text(
        full_bank() + written(("double | wrong | 2 | grows", code)), encoding="utf-8"
    )
    proof = verified(small_course)
    [different] = proof.differences
    assert (different.why, different.graded, different.alone) == ("grows", 3, 2)
    assert not proof.proved
    assert "  double, wrong (grows, tiny.py, line" in "\n".join(proof.lines())


def test_tests_find_the_reference_answers_that_they_use_of_other_questions(small_course):
    nb = cells.tiny()
    test = next(cell for cell in nb.cells if notebooks.grade_id(cell) == "total-test-1")
    test.source = "assert total([double(1), 1]) == 3"
    cells.write(small_course, "tiny", nb)
    [proof] = prove.verify(small_course, "tiny/total", jobs=2)
    assert {each.kind: each.points for each in proof.questions[0].judged}["right"] == [2, 2]


def test_an_answer_may_call_what_another_question_asks_for(small_course):
    code = "def total(values):\n    return sum(double(value) for value in values) // 2"
    bank_of(small_course).write_text(
        full_bank() + written(("total | right | 2 | by way of double", code)), encoding="utf-8"
    )
    [proof] = prove.verify(small_course, "tiny/total", jobs=2)
    [judged] = [each for each in proof.questions[0].judged if each.why == "by way of double"]
    assert judged.points == [2, 2]


def test_mutants_of_a_question_that_takes_long_are_left_out_by_name(small_course, monkeypatch):
    monkeypatch.setattr(prove, "QUICK", 0.0)
    bank_of(small_course).write_text(full_bank(), encoding="utf-8")
    proof = verified(small_course, with_mutants=True, quick=True, real=False)
    assert proof.mutants == 0
    assert "not tried (" in proof.lines()[1]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("tinny", "no chapter 'tinny'"),
        ("tiny/duoble", "tiny has no question 'duoble'; it asks: double, total"),
    ],
)
def test_an_unknown_chapter_or_question_is_an_error_that_names_those_there_are(small_course, wanted, message):
    with pytest.raises(CourseError, match=message):
        prove.verify(small_course, wanted)


def test_the_same_answer_twice_is_a_fault_of_the_bank(small_course):
    again = ("double | wrong | 0 | once more", "def double(x):\n    return 2 * x + 1  # again")
    bank_of(small_course).write_text(full_bank() + written(again), encoding="utf-8")
    maximum = {"double": 3.0}
    found = answers.read_answers(bank_of(small_course))
    [fault] = prove.bank_faults(bank_of(small_course), maximum, maximum, found, [])
    assert fault.endswith("double has the same answer twice")


def judged(kind, graded, alone):
    return report.Judged("double", kind, "why", 3, graded, alone)


def proof_with(*found):
    return report.ChapterProof("tiny", (report.QuestionProof("double", found),), (), 1.0)


def test_a_mutant_must_be_killed_in_both_places_and_need_not_get_the_same_points_there():
    killed, in_one = judged("mutant", 0, 2), judged("mutant", 3, 0)
    assert proof_with(killed).proved
    assert "Mutants, killed in both, with other points:" in proof_with(killed).lines()
    assert proof_with(killed, in_one).survivors == [in_one]
    assert not proof_with(killed, in_one).proved


def test_one_mutant_in_a_hundred_may_survive_and_no_more():
    killed, survivor = judged("mutant", 0, 0), judged("mutant", 3, 3)
    assert proof_with(*99 * [killed], survivor).proved
    assert not proof_with(*98 * [killed], survivor).proved


def test_points_that_the_two_places_give_an_answer_must_be_the_same():
    assert proof_with(judged("right", 3, 3)).proved
    assert not proof_with(judged("right", 3, 2)).proved


# Skeletons


def test_a_new_question_stands_below_the_last_one_and_nothing_of_it_passes(small_course):
    path, file = skeletons.new_question(small_course, "tiny", "half-of", points=5)
    nb = notebooks.read(path)
    names = [notebooks.grade_id(cell) for cell in nb.cells]
    assert names[-6:] == ["total-test-1", None, "half-of", "half-of-test-1", "half-of-test-2", "why"]
    assert notebooks.questions(nb)["half-of"] == 5
    assert len(faults.problems(nb, "tiny")) == len(faults.unwritten(nb, "tiny")) > 3
    [proof] = prove.verify(small_course, "tiny/half-of", jobs=2)
    assert not proof.proved
    assert f"{file}: half-of has 0 right and 0 wrong answers" in proof.faults[-1]
    assert {each.kind for each in proof.questions[0].misjudged} == {"reference", "right"}
    assert any("cell 12" in fault and "TO BE WRITTEN" in fault for fault in proof.faults)


def test_a_new_question_changes_no_other_cell_and_no_other_answer(course):
    chapter = "mnist-mlp"
    path, file = execute.source_path(course, chapter), course / "answers" / f"{chapter}.py"
    before, bank = path.read_text(encoding="utf-8").splitlines(), file.read_text(encoding="utf-8")
    skeletons.new_question(course, chapter, "half-of")
    after = iter(path.read_text(encoding="utf-8").splitlines())
    assert all(line in after for line in before), "only lines were added"
    assert file.read_text(encoding="utf-8").startswith(bank)


def test_a_skeleton_that_was_filled_in_is_proved(small_course):
    path, file = skeletons.new_question(small_course, "tiny", "half-of")
    nb = notebooks.read(path)
    by_name = {cell.id: cell for cell in nb.cells}
    by_name["half-of-text"].source = "### Half of\n\nWrite `half_of`."
    by_name[
        "half-of"
    ].source = "def half_of(x):\n    ### BEGIN SOLUTION\n    return x / 2\n    ### END SOLUTION"
    by_name["half-of-test-1"].source = "assert half_of(4) == 2"
    by_name["half-of-test-2"].source = cells.hidden("assert half_of(1) == 0.5", "assert half_of(-3) == -1.5")
    cells.write(small_course, "tiny", nb)
    right = ["half_of = lambda x: x * 0.5", "def half_of(x):\n    return x / 2"]
    wrong = [f"def half_of(x):\n    return x / 2 + {n}" for n in range(1, 6)]
    bank = file.read_text(encoding="utf-8").partition("# %% half-of")[0]
    bank += written(*((f"half-of | right | 2 | way {n}", code) for n, code in enumerate(right)))
    bank += written(*((f"half-of | wrong | 0 | adds {n}", code) for n, code in enumerate(wrong)))
    file.write_text(bank, encoding="utf-8")
    [proof] = prove.verify(small_course, "tiny/half-of", with_mutants=True, jobs=2)
    assert proof.proved, "\n".join(proof.lines())


def with_toc(root):
    shutil.copyfile(ROOT / "_toc.yml", root / "_toc.yml")
    return root


def test_a_new_chapter_runs_and_is_refused_by_release_and_verify_until_it_is_written(small_course, capsys):
    skeletons.new_chapter(with_toc(small_course), "first-steps")
    [result] = execute.run(small_course, ["first-steps"], profile="smoke")
    assert result.path.is_file()
    listed = (small_course / "_toc.yml").read_text().splitlines()
    at = listed.index("      - file: notebooks/challenge/challenge")
    assert listed[at + 1] == "      - file: notebooks/first-steps/first-steps"
    where = ["--course", str(small_course)]
    assert cli.main(["release", "first-steps", *where]) == 1
    assert "first-steps, cell 1, line 3: TO BE WRITTEN: what the reader" in capsys.readouterr().err
    assert cli.main(["verify", "first-steps", *where]) == 1
    assert "no question yet; `coursekit new-question first-steps NAME` makes one" in capsys.readouterr().err


def test_a_new_question_of_a_new_chapter_stands_above_its_closing_part(small_course):
    skeletons.new_chapter(with_toc(small_course), "first-steps")
    path, file = skeletons.new_question(small_course, "first-steps", "half-of")
    names = [cell.id for cell in notebooks.read(path).cells]
    assert names[2:5] == ["setup", "half-of-text", "half-of"] and names[-1] == "closing"
    assert not any(answer.written for answer in answers.read_answers(file))


@pytest.mark.parametrize(
    "name", ["Half", "half_of", "-half", "half--of", "2nd", "half of", "ü", "", "../x", "a" * 41]
)
def test_a_name_that_is_none_is_refused(small_course, name):
    with pytest.raises(CourseError, match="is no name of a question"):
        skeletons.new_question(small_course, "tiny", name)
    with pytest.raises(CourseError, match="is no name of a chapter"):
        skeletons.new_chapter(with_toc(small_course), name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("double", "tiny has a cell 'double' already"),
        ("double-test-1", "'double-test-1' is how tests are called"),
        ("lambda", "'lambda' is a word of Python's"),
    ],
)
def test_a_name_that_is_taken_is_refused_and_nothing_is_written(small_course, name, message):
    path, file = execute.source_path(small_course, "tiny"), bank_of(small_course)
    before = path.read_bytes(), file.read_bytes()
    with pytest.raises(CourseError, match=message):
        skeletons.new_question(small_course, "tiny", name)
    assert (path.read_bytes(), file.read_bytes()) == before


def test_no_chapter_is_overwritten(small_course):
    before = bank_of(small_course).read_bytes()
    with pytest.raises(CourseError, match="there already"):
        skeletons.new_chapter(with_toc(small_course), "tiny")
    assert bank_of(small_course).read_bytes() == before
