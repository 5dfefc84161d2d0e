"""Self-check questions: the files that hold them, the cells that show them, and a reader who chooses by keyboard."""

import ast

import pytest
from conftest import ROOT

from coursekit import notebooks, quizzes
from coursekit.quizzes import Choice, Question, Quiz, questions, quiz
from coursekit.staff import execute, reading_time

FILES = sorted(path.stem for path in (ROOT / "src" / "coursekit" / "quizzes").glob("*.toml"))
CHAPTERS = execute.find_chapters(ROOT)
GOOD = """[[question]]
section = "one"
ask = "How many?"
right = [["2", "One and one."]]
wrong = [["1", "One more."], ["3", "One less."]]
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes a chapter's file of questions, and returns what is read of it."""
    monkeypatch.setattr(quizzes, "_FOLDER", tmp_path)

    def write(text):
        (tmp_path / "tiny.toml").write_text(text, encoding="utf-8")
        return questions("tiny")

    return write


# The files


@pytest.mark.parametrize("chapter", FILES)
def test_every_question_has_one_right_answer_and_two_wrong_ones_or_more_each_with_its_own_reason(chapter):
    assert chapter in CHAPTERS
    for question in questions(chapter):
        assert question.ask.endswith(("?", ".", ":")), question.ask
        assert sum(choice.right for choice in question.choices) == 1 and len(question.choices) >= 3
        said, reasons = ([getattr(c, of) for c in question.choices] for of in ("said", "reason"))
        assert len(set(said)) == len(set(reasons)) == len(said), question.ask
        assert all(len(reason.split()) >= 4 for reason in reasons), question.ask


@pytest.mark.parametrize("chapter", FILES)
def test_neither_length_nor_place_gives_the_right_answer_away(chapter):
    """As far as one can know from a few questions: some guess has to be right more often than others."""
    asked = [question for question in questions(chapter) if len({len(c.said) for c in question.choices}) > 1]
    for guess in (
        lambda choices: max(choices, key=lambda choice: len(choice.said)),
        lambda choices: min(choices, key=lambda choice: len(choice.said)),
        lambda choices: choices[0],
        lambda choices: choices[-1],
    ):
        assert sum(guess(question.choices).right for question in asked) <= 0.6 * len(asked)


@pytest.mark.parametrize("chapter", FILES)
def test_each_section_with_questions_is_shown_once_and_each_quiz_of_a_chapter_has_two_to_four(chapter):
    shown = reading_time.quizzes_shown(notebooks.read(execute.source_path(ROOT, chapter)))
    assert shown == [(chapter, name) for name in dict.fromkeys(each.section for each in questions(chapter))]
    assert all(2 <= len(quiz(*of).questions) <= 4 for of in shown)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_quiz_in_a_chapter_has_questions_in_a_folded_cell_that_imports_nothing(chapter):
    nb = notebooks.read(execute.source_path(ROOT, chapter))
    for name, section in reading_time.quizzes_shown(nb):
        assert name == chapter and quiz(name, section).questions
    for cell in nb.cells:
        if cell.cell_type == "code" and cell.source.startswith("quiz("):
            assert {"study", "remove-input"} <= set(notebooks.tags(cell)) and len(
                ast.parse(cell.source).body
            ) == 1
            assert cell.metadata.jupyter.source_hidden is True


# Faults


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (GOOD, "", "tiny.toml: expected [[question]] only, found nothing"),
        ("[[question]]", "[[questions]]", "tiny.toml: expected [[question]] only, found questions"),
        ('"How many?"', "How many?", "tiny.toml: Invalid value (at line 3, column 7)"),
        (
            "ask =",
            "asks =",
            "tiny.toml, question 1: expected ask, right, section, wrong; found asks, right, section, wrong",
        ),
        (
            ', ["3", "One less."]',
            "",
            "tiny.toml, question 1: expected one right and at least two wrong answers",
        ),
        (
            '["3", "One less."]',
            '["3"]',
            "tiny.toml, question 1: wrong holds pairs of an answer and the reason, not ['3']",
        ),
        ('["3", "One less."]', '["3", 4]', "wrong holds pairs of an answer and the reason, not ['3', 4]"),
        ('[["2", "One and one."]]', "[]", "expected one right and at least two wrong answers"),
        ('[["2", "One and one."]]', '"2"', "right holds pairs of an answer and the reason, not '2'"),
        ('section = "one"', "section = 1", "tiny.toml, question 1: section and ask are texts"),
    ],
)
def test_a_faulty_file_is_named_with_what_was_expected(written, old, new, told):
    assert len(written(GOOD)) == 1
    with pytest.raises(ValueError) as failure:
        written(GOOD.replace(old, new))
    assert told in str(failure.value) and str(failure.value).startswith("tiny.toml")


def test_a_chapter_or_a_section_without_questions_is_named(written):
    written(GOOD)
    with pytest.raises(
        ValueError, match=r"tiny\.toml: no question for the section 'two'; there are some for one"
    ):
        quiz("tiny", "two")
    with pytest.raises(ValueError, match=r"other\.toml: there are no questions for the chapter 'other'"):
        quiz("other", "one")


# What is shown


def test_numbers_stand_in_the_order_of_their_size_and_texts_as_if_shuffled_but_always_alike(written):
    numbers = GOOD.replace('"3", "One less."', '"−1.5", "No."], ["1 000", "No."')
    assert [choice.said for choice in written(numbers)[0].choices] == ["−1.5", "1", "2", "1 000"]
    texts = GOOD.replace('"2"', '"two"').replace('"1"', '"one"').replace('"3"', '"three"')
    assert written(texts) == written(texts)


def test_what_an_author_writes_is_shown_as_text_and_code_between_backticks():
    strange = Choice("<b>", "a & b <script>alert(1)</script> `x < y`", True)
    html = Quiz((Question("one", "Is 1 < 2?", (strange,)),))._repr_html_()
    assert "Is 1 &lt; 2?" in html and "<summary" in html and "&lt;b&gt;" in html
    assert "<script" not in html and "<b>" not in html and "a &amp; b" in html
    assert "<code>x &lt; y</code>" in html


def test_where_no_html_is_shown_a_quiz_asks_and_does_not_answer():
    text = repr(quiz("how-networks-learn", "unit"))
    assert text.count("( )") == sum(len(q.choices) for q in quiz("how-networks-learn", "unit").questions)
    assert "Right" not in text and "The sum is 6 − 4 − 1 = 1" not in text


def test_a_quiz_needs_no_script_and_nothing_from_outside():
    for chapter in FILES:
        for section in dict.fromkeys(question.section for question in questions(chapter)):
            html = quiz(chapter, section)._repr_html_()
            assert not any(part in html for part in ("<script", "http", "onclick", " id=", " src=", " href="))


PAPER = "<!doctype html><html lang=en><title>Quiz</title><meta name=viewport content='width=device-width'>"
PAPER += "<meta name=color-scheme content='light dark'><body><main>{}</main></body></html>"


@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_choice_opens_by_keyboard_and_shows_its_reason(chromium, scheme, width):
    asked = quiz("how-networks-learn", "bend")
    page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.set_content(PAPER.format(asked._repr_html_()))
    first = asked.questions[0].choices[0]
    reason = page.get_by_text(first.reason)
    assert not reason.is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == first.said
    page.keyboard.press("Enter")
    reason.wait_for(state="visible")
    assert page.get_by_text("✓ Right." if first.right else "✗ No.").first.is_visible()
    page.keyboard.press("Space")
    reason.wait_for(state="hidden")
    assert page.get_by_role("group", name="Question 1").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe_finds_nothing(page)
    page.close()


def test_all_choices_can_be_reached_in_their_order_and_stand_in_print(chromium):
    asked = quiz("how-networks-learn", "descent")
    page = chromium.new_page()
    page.set_content(PAPER.format(asked._repr_html_()))
    for choice in (choice for question in asked.questions for choice in question.choices):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == choice.said.replace("`", "")
    page.emulate_media(media="print")
    assert all(
        page.get_by_text(choice.said, exact=True).first.is_visible() for choice in asked.questions[0].choices
    )
    page.close()


def axe_finds_nothing(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
    assert [
        barrier["id"] for barrier in found if barrier["id"] not in ("page-has-heading-one", "region")
    ] == []
    return True
