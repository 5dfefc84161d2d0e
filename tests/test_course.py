"""The real chapters, all the way: executed at smoke, released, graded, published, and left alone when unchanged."""

import time

import nbformat
import pytest
from conftest import copy_course

from coursekit import notebooks
from coursekit.staff import execute, release, sample_submissions
from coursekit.staff.site import book, leaks


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The course folder after every verb ran once, with what they returned."""
    root = copy_course(tmp_path_factory.mktemp("made") / "course")
    results = execute.run(root, profile="smoke")
    release.release(root)
    grades = sample_submissions.grade_samples(root)
    page = book.build(root, profile="smoke")
    return root, results, grades, page


def test_at_smoke_every_cell_runs_and_every_study_shows_something(made):
    _, results, _, _ = made
    for result in results:
        nb = nbformat.read(result.path, as_version=4)
        code = [cell for cell in nb.cells if cell.cell_type == "code" and cell.source]
        assert all(cell.execution_count for cell in code)
        assert not [o for cell in code for o in cell.outputs if o.output_type == "error"]
        assert not silent_studies(nb), f"{result.chapter}: studies without output"


def silent_studies(nb):
    """Cells of studies that show nothing, and behind which no cell of the same study goes on.

    Code that is folded because it only draws stands in a cell of its own, right behind what it draws; drawings and
    quizzes (`remove-input`) show nothing of a run.
    """
    cells = [
        cell if cell.cell_type == "code" and notebooks.role(cell) == "study" else None for cell in nb.cells
    ]
    return [
        cell.id
        for cell, following in zip(cells, [*cells[1:], None], strict=True)
        if cell and not cell.outputs and not (following and is_of_a_run(following))
    ]


def is_of_a_run(cell):
    return not cell.source.startswith(("drawings.", "quiz("))


def test_every_figure_of_a_chapter_has_an_alt_text(made):
    _, results, _, _ = made
    for result in results:
        for cell in nbformat.read(result.path, as_version=4).cells:
            for output in cell.get("outputs", []):
                if "image/png" in output.get("data", {}):
                    assert len(output.metadata["image/png"]["alt"]) > 40, f"{result.chapter}, {cell.id}"


def test_the_samples_get_full_points_and_the_few_that_wrong_answers_deserve(made):
    _, _, grades, _ = made
    for chapter in grades:
        assert chapter.points["sample-right"] == chapter.maximum
        assert sum(chapter.points["sample-wrong"].values()) < sum(chapter.maximum.values()) / 3


def test_a_blank_submission_gets_no_point(made):
    root, results, _, _ = made
    for result in results:
        released = notebooks.read(release.released_path(root, result.chapter))
        sample_submissions.submit(root, result.chapter, "blank", released)
        points = sample_submissions.graded(root, result.chapter, ["blank"]).points["blank"]
        assert set(points.values()) == {0}


def test_neither_release_nor_site_holds_a_secret_line(made):
    root, results, _, page = made
    assert leaks.find(root, page.parent) == []
    for result in results:
        secrets = notebooks.secret_lines(notebooks.read(execute.source_path(root, result.chapter)))
        released = release.released_path(root, result.chapter).read_text(encoding="utf-8")
        cells = "\n".join(cell.source for cell in nbformat.reads(released, as_version=4).cells)
        assert secrets
        assert not [line for line in secrets if line in {each.strip() for each in cells.splitlines()}]


def test_when_nothing_changed_nothing_is_done_again(made):
    root, _, grades, page = made
    built = page.stat().st_mtime_ns
    started = time.perf_counter()
    assert all(result.cached for result in execute.run(root, profile="smoke"))
    release.release(root)
    assert sample_submissions.grade_samples(root) == grades
    assert book.build(root, profile="smoke").stat().st_mtime_ns == built
    assert time.perf_counter() - started < 15
