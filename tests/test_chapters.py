"""Every chapter keeps to its measure: words, code that is left open, and a text that its runs bear out."""

import pytest
from conftest import ROOT
from fixtures.studies import needs_real_data

from coursekit import notebooks
from coursekit.staff import execute, truth

CHAPTERS = execute.find_chapters(ROOT)
TO_BE_SHORTENED = {name for name in CHAPTERS if name not in ("how-networks-learn", "cifar10-generalization")}


@pytest.mark.parametrize("chapter", sorted({*CHAPTERS} - TO_BE_SHORTENED))
def test_a_chapter_is_as_short_as_it_should_be(chapter):
    cells = notebooks.read(execute.source_path(ROOT, chapter)).cells
    words = sum(len(cell.source.split()) for cell in cells if notebooks.role(cell) == "prose")
    open_lines = sum(
        len(cell.source.splitlines())
        for cell in cells
        if notebooks.role(cell) == "study" and not {"hide-input", "remove-input"} & set(notebooks.tags(cell))
    )
    assert words <= 4_500 and open_lines <= 250


@needs_real_data
@pytest.mark.parametrize("chapter", sorted({*CHAPTERS} - TO_BE_SHORTENED))
def test_every_sentence_about_a_run_holds_in_the_quick_run(chapter):
    """Which `make course` has made already."""
    assert truth.path(ROOT, chapter).is_file()
    said = execute.run(ROOT, [chapter])[0].truth
    assert said and not {name: reason for name, reason in said.items() if reason}
