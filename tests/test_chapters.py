"""Every chapter keeps to its measure: words, code that is left open, and a text that its runs bear out."""

import pytest
from conftest import ROOT
from fixtures.studies import needs_real_data

from coursekit import notebooks
from coursekit.staff import execute, reading_time, truth

CHAPTERS = execute.find_chapters(ROOT)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_is_as_short_as_it_should_be(chapter):
    nb = notebooks.read(execute.source_path(ROOT, chapter))
    assert reading_time.words(nb) <= 4_500 and reading_time.open_lines(nb) <= 250


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_takes_as_long_as_it_says(chapter):
    nb = notebooks.read(execute.source_path(ROOT, chapter))
    assert reading_time.stated(nb) == {reading_time.minutes(nb)}, f"run `coursekit minutes {chapter}`"


@needs_real_data
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_sentence_about_a_run_holds_in_the_quick_run(chapter):
    """Which `make course` has made already."""
    assert truth.path(ROOT, chapter).is_file(), f"{truth.path(ROOT, chapter)}: there is none"
    said = execute.run(ROOT, [chapter])[0].truth
    assert said and not {name: reason for name, reason in said.items() if reason}
