"""The chapters' drawings: SVG in the page, with a text, in colours that light and dark pages can show."""

import importlib
import pkgutil
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from coursekit import drawings, plots
from coursekit.drawings import svg
from coursekit.record import agreement

WITH_ARGUMENTS = {"chain_rule": drawings.chain_rule(x=2, w=1.5, b=-1, y=0.5)}
DRAWN = WITH_ARGUMENTS | {
    name: getattr(drawings, name)() for name in drawings.__all__ if name not in {*WITH_ARGUMENTS, "Drawing"}
}


def told(drawing):
    """The numbers and names in the drawing, in the order in which they are drawn."""
    return [node.text for node in ElementTree.fromstring(drawing._repr_html_()).iter() if node.text]


def test_every_public_function_of_every_subject_is_offered_to_the_chapters():
    subjects = [
        importlib.import_module(f"{drawings.__name__}.{found.name}")
        for found in pkgutil.iter_modules(drawings.__path__)
    ]
    public = {
        name
        for subject in subjects
        if subject is not svg
        for name, thing in vars(subject).items()
        if getattr(thing, "__module__", "") == subject.__name__ and not name.startswith("_")
    }
    assert {*public, "Drawing"} == set(drawings.__all__)


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawing_tells_a_screen_reader_what_it_shows_and_prints_as_that(name):
    svg = ElementTree.fromstring(DRAWN[name]._repr_html_())
    assert (svg.get("role"), svg.get("aria-label")) == ("img", DRAWN[name].alt) and len(DRAWN[name].alt) > 100
    assert repr(DRAWN[name]) == DRAWN[name].alt


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawing_has_the_colours_of_the_text_around_it_and_of_the_palette_and_needs_nothing_from_outside(
    name,
):
    html = DRAWN[name]._repr_html_()
    colors = set(re.findall(r'(?:fill|stroke)="([^"]+)"', html))
    assert colors <= {"currentColor", "none", *plots.PALETTE}
    # No ids, which would clash on a page with two drawings, and no addresses but the name of SVG itself.
    assert not re.search(r"\bid=|href|url\(", html) and html.count("http") == 1


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawing_shrinks_on_a_narrow_page_and_stays_inside_its_frame(name):
    drawing = DRAWN[name]
    html = drawing._repr_html_()
    assert "max-width: 100%" in html and drawing.width <= 640
    for of, most in (("x|cx|x1", drawing.width), ("y|cy", drawing.height)):
        places = [float(place) for place in re.findall(rf'\b(?:{of})="([-\d.]+)"', html)]
        assert min(places) >= 0 and max(places) <= most


@pytest.mark.parametrize(
    ("x", "w", "b", "y"), [(2, 1.5, -1, 0.5), (2, 1.5, -4, 0.5), (-1, -3, 0.5, 4), (0.5, 2, 0, 1)]
)
def test_the_derivatives_on_the_graph_are_those_of_the_loss(x, w, b, y):
    def loss(x, w, b, y):
        return (max(0.0, x * w + b) - y) ** 2

    drawn = told(drawings.chain_rule(x=x, w=w, b=b, y=y))
    at = {"x": x, "w": w, "b": b, "y": y}
    for name, value in at.items():
        up, down = loss(**{**at, name: value + 1e-6}), loss(**{**at, name: value - 1e-6})
        place = drawn.index(name)
        shown_value, shown_slope = (float(text.replace("−", "-")) for text in drawn[place + 1 : place + 3])
        assert (shown_value, shown_slope) == (
            pytest.approx(value),
            pytest.approx((up - down) / 2e-6, abs=1e-3),
        )


def test_the_chain_rule_says_that_nothing_comes_back_through_a_silent_unit():
    assert (
        "0 before the bend and for b; 0 for w; 0 for x; 1 for y"
        in drawings.chain_rule(x=2, w=1.5, b=-4, y=0.5).alt
    )


def test_the_bars_below_five_runs_are_their_intervals_in_truth():
    html = drawings.mean_and_next_run()._repr_html_()
    runs = [float(x) for x in re.findall(r'cx="([\d.]+)"', html)]
    bars = re.findall(
        r'd="M ([\d.]+) [\d.]+ L ([\d.]+) [\d.]+" fill="none" stroke="#0078b4" stroke-width="4"', html
    )
    (low, high), (next_low, next_high) = ((float(a), float(b)) for a, b in bars if a != b)
    assert (low, high) == pytest.approx(agreement.interval(runs), abs=1)
    next_run = agreement.prediction(runs, 0, 1)
    assert (next_low, next_high) == pytest.approx((next_run.low, next_run.high), abs=2)


def test_names_dealt_anew_keep_the_scores_and_bring_the_means_together():
    html = drawings.labels_dealt_anew()._repr_html_()
    circles = re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="8" fill="([^"]+)"', html)[
        2:
    ]  # after the legend's two
    groups = [[(float(x), fill) for x, _, fill in half] for half in (circles[:10], circles[10:])]
    assert [x for x, _ in groups[0]] == [x for x, _ in groups[1]]
    gaps = []
    for group in groups:
        hollow, filled = ([x for x, fill in group if (fill == "none") == kind] for kind in (True, False))
        assert len(hollow) == len(filled) == 5
        gaps.append(abs(sum(hollow) - sum(filled)) / 5)
    assert gaps[0] > 5 * gaps[1]


def numbers_in(drawing):
    return [int(text.replace("−", "-")) for text in told(drawing) if re.fullmatch(r"−?\d+", text)]


def test_the_feature_map_in_the_drawing_is_that_of_its_image_and_kernel():
    drawn = numbers_in(drawings.sliding_kernel())
    image, kernel, maps = (
        np.reshape(drawn[a:b], (size, size)) for a, b, size in ((0, 25, 5), (25, 34, 3), (34, 43, 3))
    )
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    assert np.tensordot(windows, kernel, axes=2).tolist() == maps.tolist()


def test_the_pooled_map_in_the_drawing_holds_the_largest_of_each_square():
    drawn = np.array(numbers_in(drawings.pooling_window()))
    squares = drawn[:16].reshape(2, 2, 2, 2)
    assert squares.max(axis=(1, 3)).ravel().tolist() == drawn[16:].tolist()


def test_the_dots_of_padding_and_stride_are_as_many_as_the_numbers_that_come_out():
    drawing = drawings.padding_and_stride()
    sizes = [int(text.split()[0]) for text in told(drawing) if text.endswith("out")]
    assert sizes == [3, 5, 2] and drawing._repr_html_().count("<circle") == sum(n * n for n in sizes)
