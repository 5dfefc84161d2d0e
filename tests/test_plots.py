"""Figures: what is drawn, which colours it has, what is said of it, and which arguments are refused."""

import base64
import itertools
from types import SimpleNamespace

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from coursekit import plots

PLATEAUS = (0.57, 0.67, 0.67, 0.76, 0.76, 0.86, 0.86, 0.95, 0.95, 0.96)


@pytest.fixture(autouse=True)
def drawing_off_screen():
    before = matplotlib.get_backend()
    plt.switch_backend("agg")
    yield
    plt.close("all")
    plt.switch_backend(before)


def runs_of(finals=PLATEAUS, epochs=20) -> SimpleNamespace:
    """Runs that rise from 0.3 to `finals` in a straight line; validation is 0.01 lower, loss mirrors it."""
    rows = []
    for run, final in enumerate(finals):
        for epoch in range(1, epochs + 1):
            accuracy = 0.3 + (final - 0.3) * (epoch - 1) / max(1, epochs - 1)
            rows.append((run, epoch, accuracy, accuracy - 0.01, 1 - accuracy, 1.01 - accuracy))
    columns = ["run", "epoch", "accuracy", "val_accuracy", "loss", "val_loss"]
    return SimpleNamespace(history=pd.DataFrame(rows, columns=columns))


def legend_of(ax) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def labelled(ax) -> list:
    return [line for line in ax.lines if not line.get_label().startswith("_")]


# --- colours ---

# Machado, Oliveira and Fernandes (2009), severity 1; they act on linear RGB.
NORMAL = np.eye(3)
PROTANOPIA = [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
]
DEUTERANOPIA = [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
]


def linear(color) -> np.ndarray:
    channels = np.array(to_rgb(color))
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(color) -> float:
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def contrast(one, other) -> float:
    """The contrast ratio of the Web Content Accessibility Guidelines."""
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear RGB."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    x, y, z = (np.cbrt(t) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_the_contrast_formula_gives_the_known_extremes():
    assert contrast("white", "black") == pytest.approx(21)
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("color", [*plots.PALETTE, plots._WRONG])
@pytest.mark.parametrize("paper", ["#ffffff", "#121212"])
def test_every_colour_stands_out_on_light_and_dark_paper(color, paper):
    assert contrast(color, paper) >= 3


@pytest.mark.parametrize(
    "eye", [NORMAL, PROTANOPIA, DEUTERANOPIA], ids=["normal", "protanopia", "deuteranopia"]
)
def test_no_two_colours_look_alike(eye):
    seen = [lab(np.array(eye) @ linear(color)) for color in plots.PALETTE]
    # 2.3 is just noticeable side by side; thin lines far apart need about ten times that.
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 20


def test_lines_differ_by_dashes_and_marker_as_well():
    ax = None
    for i in range(6):
        ax = plots.learning_curves(runs_of([0.5, 0.6], 3), splits=("train",), label=f"group {i}", ax=ax)
    looks = [(line._unscaled_dash_pattern, line.get_marker()) for line in labelled(ax)]
    assert len({str(dashes) for dashes, _ in looks}) == len({marker for _, marker in looks}) == 6


def test_no_two_of_the_first_lines_share_their_look():
    styles = []
    ax = plt.subplots()[1]
    for _ in range(30):
        styles.append(str(plots._next_style(ax)))
        plots._SAID[ax.plot([0, 1])[0]] = "a line"
    assert len(set(styles)) == 30


# --- learning curves ---


def test_learning_curves_show_each_run_their_mean_and_a_band():
    runs = runs_of()
    ax = plots.learning_curves(runs)
    assert len(ax.lines) == 2 * (10 + 1)
    assert len(ax.collections) == 2
    train, validation = labelled(ax)
    by_epoch = runs.history.groupby("epoch")
    np.testing.assert_allclose(train.get_ydata(), by_epoch.accuracy.mean())
    np.testing.assert_allclose(validation.get_ydata(), by_epoch.val_accuracy.mean())
    np.testing.assert_array_equal(train.get_xdata(), range(1, 21))
    edge = ax.collections[0].get_paths()[0].vertices
    assert edge[:, 1].min() == pytest.approx(runs.history.accuracy.min())
    assert edge[:, 1].max() == pytest.approx(runs.history.accuracy.max())
    assert min(line.get_linewidth() for line in (train, validation)) > 2 * ax.lines[0].get_linewidth()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "accuracy")


def test_the_legend_of_learning_curves_explains_every_kind_of_mark():
    expected = ["train (10 runs)", "validation (10 runs)", "mean", "one run", "lowest to highest run"]
    assert legend_of(plots.learning_curves(runs_of())) == expected


def test_splits_and_metric_choose_the_columns():
    runs = runs_of()
    ax = plots.learning_curves(runs, "loss", splits=("validation",))
    (line,) = labelled(ax)
    np.testing.assert_allclose(line.get_ydata(), runs.history.groupby("epoch").val_loss.mean())
    assert ax.get_ylabel() == "loss"


def test_a_watched_quantity_belongs_to_no_split():
    runs = runs_of([0.5, 0.6])
    runs.history["dead_outputs"] = runs.history.run
    ax = plots.learning_curves(runs, "dead_outputs", splits=("train",))
    assert legend_of(ax)[0] == "2 runs"
    assert ax.get_ylabel() == "dead outputs"
    assert plots.alt_text(ax).startswith("Dead outputs: the mean of 2 runs goes from 0.5 at epoch 1")


def test_groups_of_runs_share_one_axes_under_their_labels():
    ax = plots.learning_curves(runs_of([0.5, 0.6]), splits=("validation",), label="SGD")
    same = plots.learning_curves(runs_of([0.8, 0.9, 1.0]), splits=("validation",), label="Adam", ax=ax)
    assert same is ax
    assert legend_of(ax)[:2] == ["SGD, validation (2 runs)", "Adam, validation (3 runs)"]
    assert len({line.get_color() for line in labelled(ax)}) == 2


def two_panels(*labels):
    figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    for ax, label in zip(axes, labels, strict=True):
        plots.learning_curves(runs_of(), label=label, ax=ax)
    plots.show(figure)
    return figure, axes


def test_panels_that_explain_the_same_marks_share_one_legend_below_the_figure():
    figure, axes = two_panels("CNN", "CNN")
    assert not any(ax.get_legend() for ax in axes)
    (shared,) = figure.legends
    said = [text.get_text() for text in shared.get_texts()]
    assert said == [
        "CNN, train (10 runs)",
        "CNN, validation (10 runs)",
        "mean",
        "one run",
        "lowest to highest run",
    ]


def test_panels_in_which_one_colour_means_two_things_keep_their_own_legends():
    figure, axes = two_panels("CNN", "MLP")
    assert not figure.legends and all(ax.get_legend() for ax in axes)


def test_runs_of_one_epoch_are_visible_points():
    ax = plots.learning_curves(runs_of([0.5, 0.6], epochs=1))
    assert all(line.get_marker() not in ("", "None") for line in ax.lines)
    assert list(ax.get_xticks()) == [1]


def test_the_mean_stops_where_a_run_is_not_finite():
    runs = runs_of([0.5, 0.9], epochs=4)
    runs.history.loc[(runs.history.run == 1) & (runs.history.epoch > 2), "loss"] = [np.nan, np.inf]
    ax = plots.learning_curves(runs, "loss", splits=("train",))
    (line,) = labelled(ax)
    assert np.isfinite(line.get_ydata()).tolist() == [True, True, False, False]
    assert "at epoch 2;" in plots.alt_text(ax)


def without(runs, column):
    return SimpleNamespace(history=runs.history.drop(columns=column))


@pytest.mark.parametrize(
    ("runs", "options", "error", "message"),
    [
        ([1, 2], {}, TypeError, r"runs: expected Runs, .* got list"),
        (SimpleNamespace(history={"accuracy": [1]}), {}, TypeError, "runs: expected Runs"),
        (without(runs_of(), "run"), {}, ValueError, r"runs\.history: expected the columns run and epoch"),
        (SimpleNamespace(history=runs_of().history[:0]), {}, ValueError, r"runs\.history: .* empty frame"),
        (
            SimpleNamespace(history=pd.concat([runs_of().history] * 2)),
            {},
            ValueError,
            "two for run 0, epoch 1",
        ),
        (
            runs_of(),
            {"metric": "acc"},
            ValueError,
            r"metric: expected 'acc' .* got accuracy, val_a",
        ),
        (
            without(runs_of(), "val_loss"),
            {"metric": "loss"},
            ValueError,
            r"'val_loss' .* did you forget splits=\(\"train\",\)",
        ),
        (runs_of(), {"splits": "train"}, ValueError, r"splits: expected .* got 'train'"),
        (runs_of(), {"splits": ("test",)}, ValueError, r"splits: expected .* got \('test',\)"),
        (runs_of(), {"splits": ()}, ValueError, "splits: expected"),
        (runs_of(), {"ax": [1, 2]}, TypeError, "ax: expected one Axes, got list"),
    ],
)
def test_learning_curves_refuse_what_they_cannot_draw(runs, options, error, message):
    with pytest.raises(error, match=message):
        plots.learning_curves(runs, **options)
    assert not plt.get_fignums()


def test_a_history_without_one_number_is_refused():
    runs = runs_of([0.5], 2)
    runs.history["val_accuracy"] = np.nan
    with pytest.raises(ValueError, match=r"runs\.history: expected numbers in 'val_accuracy'"):
        plots.learning_curves(runs)


# --- confusion matrix ---


@pytest.fixture(scope="module")
def labels():
    """10 000 labels of ten classes, a tenth of them wrong, and class 3 never predicted."""
    random = np.random.default_rng(0)
    y_true = random.integers(0, 10, 10_000)
    y_pred = np.where(random.random(10_000) < 0.1, random.integers(0, 10, 10_000), y_true)
    y_pred[y_pred == 3] = 5
    return y_true, y_pred


def counts_of(y_true, y_pred) -> np.ndarray:
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (y_true, y_pred), 1)
    return counts


def test_a_confusion_matrix_writes_each_count_into_its_cell(labels):
    ax = plots.confusion_matrix(*labels, range(10))
    counts = counts_of(*labels)
    assert len(ax.texts) == 100
    for text in ax.texts:
        column, row = (int(position) for position in text.get_position())
        assert text.get_text() == str(counts[row, column])
    assert ax.yaxis_inverted()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [str(i) for i in range(10)]


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_counts_can_be_read_on_their_cells_in_light_and_dark(style, labels):
    with plt.style.context(style):
        ax = plots.confusion_matrix(*labels, range(10))
        ax.figure.canvas.draw()
        cells = ax.collections[0].get_facecolors()
        assert min(contrast(t.get_color(), c) for t, c in zip(ax.texts, cells, strict=True)) >= 4.5
        assert contrast(cells[33], ax.get_facecolor()) == pytest.approx(1)
        assert contrast(cells[0], ax.get_facecolor()) >= 3


def test_long_class_names_are_slanted_so_that_they_do_not_run_into_each_other(labels):
    names = [
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ]
    ax = plots.confusion_matrix(*labels, names)
    assert {tick.get_rotation() for tick in ax.get_xticklabels()} == {40}
    assert {tick.get_rotation() for tick in ax.get_yticklabels()} == {0}
    ax = plots.confusion_matrix(*labels, range(10))
    assert {tick.get_rotation() for tick in ax.get_xticklabels()} == {0}


def test_a_confusion_matrix_fits_into_given_axes(labels):
    figure, axes = plt.subplots(1, 2, figsize=(5, 3), layout="constrained")
    assert plots.confusion_matrix(*labels, range(10), ax=axes[1]) is axes[1]
    assert not axes[0].texts
    figure.canvas.draw()
    widest = max(text.get_window_extent().width for text in axes[1].texts)
    assert widest < axes[1].get_window_extent().width / 10


@pytest.mark.parametrize(
    ("y_true", "y_pred", "names", "message"),
    [
        ([], [], range(3), "y_true: expected at least one label"),
        ([0, 1], [0], range(3), "y_pred: expected 2 labels, as many as y_true, got 1"),
        ([0, 3], [0, 1], range(3), "y_true: expected labels from 0 to 2, .* got 0 to 3"),
        ([0, 1], [0, -1], range(3), "y_pred: expected labels from 0 to 2, .* got -1 to 0"),
        ([0.0, 1.0], [0, 1], range(3), "y_true: expected integer labels .* got float64"),
        ([0, 1], np.eye(3)[:2], range(3), r"y_pred: expected integer labels .* did you forget argmax\?"),
        ([0, 0], [0, 0], ["only"], "class_names: expected at least two names, got 1"),
    ],
)
def test_a_confusion_matrix_refuses_malformed_labels(y_true, y_pred, names, message):
    with pytest.raises(ValueError, match=message):
        plots.confusion_matrix(y_true, y_pred, names)
    assert not plt.get_fignums()


# --- image grid ---


@pytest.fixture(scope="module")
def digits():
    return np.random.default_rng(0).integers(0, 256, (40, 28, 28), dtype=np.uint8)


def test_an_image_grid_shows_every_image_unchanged_and_in_order(digits):
    ax = plots.image_grid(digits[:12], columns=5)
    (picture,) = ax.images
    sheet = picture.get_array()
    opaque = sheet[sheet[..., 3] == 1]
    assert len(opaque) == 12 * 28 * 28
    rows = np.flatnonzero(sheet[..., 3].any(axis=1))
    columns = np.flatnonzero(sheet[..., 3].any(axis=0))
    assert (len(rows), len(columns)) == (3 * 28, 5 * 28)
    tiles = (
        sheet[np.ix_(rows, columns)][..., 0].reshape(3, 28, 5, 28).transpose(0, 2, 1, 3).reshape(15, 28, 28)
    )
    np.testing.assert_allclose(tiles[:12] * 255, digits[:12], atol=1e-4)
    assert not tiles[12:].any()


def test_colour_images_keep_their_colours():
    images = np.zeros((2, 8, 8, 3), np.float32)
    images[0, ..., 0] = 1
    images[1, ..., 2] = 0.5
    sheet = plots.image_grid(images).images[0].get_array()
    colours = {tuple(float(c) for c in pixel[:3]) for pixel in sheet[sheet[..., 3] == 1]}
    assert colours == {(1, 0, 0), (0, 0, 0.5)}


def test_labels_stand_above_their_images_and_apart_from_each_other(digits):
    ax = plots.image_grid(digits, [f"{i} → 9" for i in range(40)])
    assert [text.get_text() for text in ax.texts] == [f"{i} → 9" for i in range(40)]
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    opaque = ax.images[0].get_array()[..., 3] == 1
    for box in boxes:
        (left, top), (right, bottom) = ax.transData.inverted().transform([(box.x0, box.y1), (box.x1, box.y0)])
        assert not opaque[round(top) : round(bottom), round(left) : round(right)].any()


def test_wrong_images_are_marked_by_a_frame_and_a_sign(digits):
    marked = np.zeros(40, bool)
    marked[[3, 11, 17, 28, 39]] = True
    ax = plots.image_grid(digits, marked=marked)
    assert len(ax.patches) == 5
    assert [text.get_text() for text in ax.texts] == ["✗"] * 5
    assert ax.get_xlabel() == "✗ wrong: 5 of 40"
    frame, width = ax.patches[1], ax.images[0].get_array().shape[1]
    assert 0 < frame.get_x() - width / 10 < 10  # the twelfth image: second row, second column


def test_an_image_grid_fits_into_given_axes(digits):
    axes = plt.subplots(1, 2, figsize=(7, 4))[1]
    assert plots.image_grid(digits[:9], range(9), columns=3, ax=axes[0]) is axes[0]
    assert axes[0].images
    assert not axes[1].images
    assert tuple(axes[0].figure.get_size_inches()) == (7, 4)


def test_fewer_images_than_columns_make_a_narrow_figure(digits):
    assert plots.image_grid(digits[:2]).figure.get_figwidth() < 3


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (np.zeros((0, 28, 28)), {}, r"images: expected at least one image, .* got shape \(0, 28, 28\)"),
        (np.zeros((28, 28)), {}, r"images: expected .* got shape \(28, 28\)"),
        (np.zeros((1, 8, 8, 4)), {}, r"images: expected .* got shape \(1, 8, 8, 4\)"),
        (np.zeros((1, 8, 8), int), {}, "images: expected uint8, or floats in 0..1, got int64"),
        (np.full((1, 8, 8), 255.0), {}, "images: expected floats in 0..1, got 255.0 to 255.0"),
        (np.full((1, 8, 8), np.nan), {}, "images: expected floats in 0..1, got nan"),
        (np.zeros((3, 8, 8)), {"labels": [1, 2]}, "labels: expected 3, one for each image, got 2"),
        (
            np.zeros((3, 8, 8)),
            {"marked": [0, 1, 0]},
            r"marked: expected 3 booleans, .* got int64 of shape \(3,\)",
        ),
        (np.zeros((3, 8, 8)), {"marked": [True]}, r"marked: expected 3 booleans, .* of shape \(1,\)"),
        (np.zeros((3, 8, 8)), {"columns": 0}, "columns: expected a whole number of at least 1, got 0"),
    ],
)
def test_an_image_grid_refuses_malformed_arguments(images, options, message):
    with pytest.raises(ValueError, match=message):
        plots.image_grid(images, **options)
    assert not plt.get_fignums()


# --- sweep ---

WIDTHS = [2, 4, 8, 16, 32, 64, 128, 256]
AXES = {"xlabel": "neurons", "ylabel": "test accuracy"}


def test_a_sweep_shows_the_mean_its_95_percent_interval_and_every_run():
    ax = plots.sweep([1, 2, 3], [[0.1, 0.2, 0.3], [0.4, 0.4, 0.4], [0.5, 0.7, 0.9]], **AXES)
    (line,) = labelled(ax)
    np.testing.assert_allclose(line.get_ydata(), [0.2, 0.4, 0.7])
    (sticks,) = ax.collections
    lengths = [stick[1, 1] - stick[0, 1] for stick in sticks.get_segments()]
    # 4.303 is the 97.5 % point of Student's t with two degrees of freedom, 0.1 / sqrt(3) the standard error.
    np.testing.assert_allclose(
        lengths, [2 * 4.303 * 0.1 / 3**0.5, 0, 2 * 4.303 * 0.2 / 3**0.5], rtol=1e-3, atol=1e-9
    )
    (points,) = [drawn for drawn in ax.lines if len(drawn.get_xdata()) == 9]
    assert points.get_ydata().tolist() == [0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.5, 0.7, 0.9]
    assert legend_of(ax) == ["mean of 3 runs", "one run", "95 % interval of the mean"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("neurons", "test accuracy")


def test_a_sweep_of_two_runs_shows_the_lowest_and_the_highest():
    ax = plots.sweep([1, 2], [[0.1, 0.3], [0.4, 0.5]], **AXES)
    segments = ax.collections[0].get_segments()
    np.testing.assert_allclose([segment[:, 1] for segment in segments], [[0.1, 0.3], [0.4, 0.5]])
    assert legend_of(ax)[-1] == "lowest to highest run"


def test_runs_may_differ_in_number_and_the_legend_says_so():
    ax = plots.sweep([1, 2], [[0.1], [0.4, 0.5, 0.6]], **AXES)
    assert legend_of(ax)[0] == "mean of 1 to 3 runs"
    assert "lowest to highest run if fewer than 3" in legend_of(ax)[-1]


def test_the_legend_of_several_sweeps_speaks_for_all_of_them():
    many, few = [[0.1, 0.2, 0.3]] * 2, [[0.1, 0.2]] * 2
    for first, second in ((many, few), (few, many)):
        ax = plots.sweep([1, 2], first, xlabel="width", ylabel="accuracy", label="one")
        assert "if fewer than 3" not in legend_of(ax)[-1]
        plots.sweep([1, 2], second, xlabel="width", ylabel="accuracy", label="two", ax=ax)
        assert legend_of(ax)[-1] == "95 % interval of the mean (lowest to highest run if fewer than 3)"


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        (WIDTHS, "log"),
        ([1000, 2500, 5000, 10000, 25000, 50000], "log"),
        ([0.001, 0.01, 0.1], "log"),
        ([0, 1, 2, 3], "linear"),
        ([1, 2, 3, 4, 5], "linear"),
        ([0, 0.2, 0.4, 0.6, 0.8], "linear"),
        ([32, 64], "linear"),
        ([7], "linear"),
    ],
)
def test_the_x_axis_is_logarithmic_where_the_values_are_evenly_spaced_there(values, scale):
    ax = plots.sweep(values, [[0.5, 0.6]] * len(values), **AXES)
    assert ax.get_xscale() == scale
    assert ax.get_xticks().tolist() == sorted(values)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [str(value) for value in values]


def test_all_that_is_drawn_lies_within_the_axes():
    runs = np.linspace(0.4, 0.9, 8)[:, None] + [0, 0.05, -0.05]
    ax = plots.sweep(WIDTHS, runs, **AXES, label="train")
    plots.sweep(WIDTHS, runs - 0.1, **AXES, label="test", ax=ax)
    ax.figure.canvas.draw()
    frame = ax.get_window_extent()
    for line in ax.lines:
        x, y = line.get_transform().transform(line.get_xydata()).T
        assert frame.x0 < x.min()
        assert x.max() < frame.x1
        assert frame.y0 < y.min()
        assert y.max() < frame.y1


def test_two_sweeps_share_one_axes_without_covering_each_other():
    ax = plots.sweep([1, 2], [[0.1, 0.3], [0.4, 0.5]], **AXES, label="train")
    assert plots.sweep([1, 2], [[0.1, 0.3], [0.4, 0.5]], **AXES, label="test", ax=ax) is ax
    one, other = labelled(ax)
    assert legend_of(ax)[:2] == ["train (mean of 2 runs)", "test (mean of 2 runs)"]
    assert one.get_color() != other.get_color()
    shift = other.get_transform().transform(other.get_xydata()) - one.get_transform().transform(
        one.get_xydata()
    )
    assert (shift[:, 0] > 5).all()
    assert (shift[:, 1] == 0).all()


def test_values_out_of_order_are_drawn_from_left_to_right():
    ax = plots.sweep([3, 1, 2], [[0.3], [0.1], [0.2]], **AXES)
    (line,) = labelled(ax)
    assert line.get_xdata().tolist() == [1, 2, 3]
    np.testing.assert_allclose(line.get_ydata(), [0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    ("values", "samples", "message"),
    [
        ([], [], "values: expected a row of one or more finite numbers"),
        (["a", "b"], [[1], [2]], "values: expected numbers, got"),
        ([1, np.nan], [[1], [2]], "values: expected a row of one or more finite numbers"),
        ([1, 1], [[1], [2]], "values: expected each value once"),
        ([1, 2], [[1]], "samples: expected 2, one for each of values, got 1"),
        ([1, 2], [[1], []], r"samples: expected one or more finite numbers as the sample at 2, got \[\]"),
        ([1, 2], [[1], [np.nan]], r"samples: .* at 2, got \[nan\]"),
        ([1, 2], [1, 2], "samples: .* at 1, got 1"),
    ],
)
def test_a_sweep_refuses_malformed_arguments(values, samples, message):
    with pytest.raises(ValueError, match=message):
        plots.sweep(values, samples, **AXES)
    assert not plt.get_fignums()


# --- looks of all ---


@pytest.fixture
def draw(labels, digits):
    return {
        "learning_curves": lambda: plots.learning_curves(runs_of()),
        "confusion_matrix": lambda: plots.confusion_matrix(*labels, range(10)),
        "image_grid": lambda: plots.image_grid(digits, range(40), marked=np.arange(40) % 9 == 0),
        "sweep": lambda: plots.sweep(WIDTHS, [[0.5, 0.6, 0.7]] * 8, **AXES),
    }


FIGURES = ["learning_curves", "confusion_matrix", "image_grid", "sweep"]


@pytest.mark.parametrize("name", FIGURES)
def test_text_and_axes_keep_the_colours_of_the_style(name, draw):
    with plt.style.context("dark_background"):
        ax = draw[name]()
    legend = ax.get_legend().get_texts() if ax.get_legend() else []
    colours = [text.get_color() for text in (ax.xaxis.label, ax.yaxis.label, *legend)]
    assert {to_rgb(colour) for colour in [*colours, ax.spines["left"].get_edgecolor()]} == {to_rgb("white")}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_as_wide_as_the_page_and_nothing_overlaps_or_hangs_over_the_edge(name, draw):
    ax = draw[name]()
    ax.set_title("A title")
    ax.figure.canvas.draw()
    assert ax.figure.get_figwidth() == 7
    drawn, (width, height) = ax.figure.get_tightbbox(), ax.figure.get_size_inches()
    assert min(drawn.x0, drawn.y0, width - drawn.x1, height - drawn.y1) > -0.05
    legend = [ax.get_legend().get_window_extent()] if ax.get_legend() else []
    parts = [
        ax.get_window_extent(),
        ax.title.get_window_extent(),
        ax.xaxis.label.get_window_extent(),
        *legend,
    ]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(parts, 2))


# --- alt text ---


def test_the_alt_text_of_learning_curves_has_means_ends_and_ranges():
    ax = plots.learning_curves(runs_of(), splits=("validation",))
    ax.set_title("Ten runs")
    ends = np.array(PLATEAUS) - 0.01
    text = plots.alt_text(ax)
    assert text.startswith("Ten runs. Validation accuracy: the mean of 10 runs goes from 0.29 at epoch 1 to ")
    assert f"to {ends.mean():.4g} at epoch 20" in text
    assert "0.56, 0.66, 0.66, 0.75, 0.75, 0.85, 0.85, 0.94, 0.94 and 0.95" in text
    assert f"standard deviation {ends.std(ddof=1):.4g}" in text
    assert "X axis (epoch) from 0 to 21; y axis (accuracy) from 0.26 to 0.98." in text


def test_many_runs_are_summed_up_by_their_extremes():
    text = plots.alt_text(plots.learning_curves(runs_of(np.linspace(0.5, 0.9, 30)), splits=("train",)))
    assert "mean of 30 runs" in text
    assert "the runs lie between 0.5 and 0.9" in text


def test_the_alt_text_of_a_confusion_matrix_names_hits_worst_mistakes_and_classes_never_predicted(labels):
    counts = counts_of(*labels)
    text = plots.alt_text(plots.confusion_matrix(*labels, [f"c{i}" for i in range(10)]))
    assert "of 10000 images in 10 classes" in text
    assert f"{np.trace(counts)} ({np.trace(counts) / 100:.1f} %)" in text
    assert f"Most frequent mistakes: c3 taken for c5 ({counts[3, 5]})" in text
    np.fill_diagonal(counts, 0)
    second, third = np.sort(counts, axis=None)[-3:-1][::-1]
    assert f"({second})" in text
    assert f"({third})" in text
    assert text.endswith("Never predicted: c3.")


def test_the_alt_text_of_a_perfect_confusion_matrix_invents_no_mistakes():
    text = plots.alt_text(plots.confusion_matrix([0, 1], [0, 1], ["cat", "dog", "owl"]))
    assert "2 (100.0 %)" in text
    assert "mistakes" not in text
    assert "Never predicted: owl. Without images: owl." in text


def test_the_alt_text_of_a_grid_has_its_labels_and_the_wrong_ones(digits):
    marked = np.arange(12) == 6
    text = plots.alt_text(
        plots.image_grid(digits[:12], [f"L{i}" for i in range(12)], columns=5, marked=marked)
    )
    assert "Grid of 12 images in 3 rows of up to 5, labelled row by row L0, L1, L2" in text
    assert "Marked as wrong: 1 of 12, at row 2 column 2 (L6)." in text
    text = plots.alt_text(plots.image_grid(digits, np.arange(40) % 3))
    assert text == "Grid of 40 images in 4 rows of 10, with 3 different labels: 0, 1, 2."


def test_the_alt_text_of_a_sweep_has_every_mean_the_best_and_the_spread():
    samples = [[0.30, 0.40, 0.50], [0.70, 0.72, 0.74], [0.90, 0.90, 0.90]]
    text = plots.alt_text(plots.sweep([2, 16, 128], samples, **AXES))
    assert (
        "Test accuracy for 3 values of neurons, mean of 3 runs each: 0.4 at 2, 0.72 at 16 and 0.9 at 128"
        in text
    )
    assert "highest 0.9 at 128, lowest 0.4 at 2" in text
    assert "the runs differ most at 2, from 0.3 to 0.5 (error bar from 0.1516 to 0.6484)" in text
    assert "logarithmic" in text


def test_the_alt_text_follows_later_changes_and_forgets_what_was_cleared():
    ax = plots.sweep([1, 2], [[0.1], [0.2]], **AXES)
    ax.set_ylim(0, 1)
    ax.set_ylabel("share")
    assert "y axis (share) from 0 to 1" in plots.alt_text(ax)
    ax.clear()
    assert "0.2" not in plots.alt_text(ax)


def test_lines_drawn_by_hand_are_described_by_ends_and_extremes():
    ax = plt.subplots()[1]
    ax.plot([0, 1, 2, 3], [2.5, 0.5, 4.25, 1.5], label="loss")
    ax.axhline(0.67, label="three dead")
    ax.axhline(0.76)
    ax.axvline(2)
    ax.set(title="By hand", xlabel="step", ylabel="value", ylim=(0, 5))
    text = plots.alt_text(ax)
    assert text.startswith("By hand. ")
    assert (
        'Line "loss" through 4 points from 2.5 at 0 to 1.5 at 3, lowest 0.5 at 1, highest 4.25 at 2' in text
    )
    assert 'horizontal lines at 0.67 ("three dead") and 0.76; vertical line at 2' in text
    assert "y axis (value) from 0 to 5" in text


def test_many_lines_are_summed_up():
    ax = plt.subplots()[1]
    for i in range(12):
        ax.plot([0, 1], [0, i])
    assert "12 lines whose last points lie between 0 and 11" in plots.alt_text(ax)


def test_bars_drawn_by_hand_are_read_out_with_their_names():
    ax = plt.subplots()[1]
    ax.bar(["cat", "dog"], [12, 30])
    assert "2 bars: cat 12 and dog 30. X axis: cat and dog; y axis from 0 to" in plots.alt_text(ax)
    ax = plt.subplots()[1]
    ax.barh(["cat", "dog"], [12, 30], xerr=[1, 2], capsize=3)
    assert plots.alt_text(ax).startswith("2 bars: cat 12 and dog 30. X axis from 0 to ")
    ax = plt.subplots()[1]
    ax.bar(range(20), np.arange(20) ** 2)
    assert "20 bars: highest 19 361, lowest 0 0" in plots.alt_text(ax)


def test_a_histogram_is_told_from_bars():
    ax = plt.subplots()[1]
    ax.hist([0.5, 1.5, 1.5, 1.5, 3.5], bins=[0, 1, 2, 3, 4])
    text = plots.alt_text(ax)
    assert "Histogram of 4 bins from 0 to 4, 5 in all, the highest bin (1 to 2) with 3" in text


def test_scatter_plots_images_and_heat_maps_drawn_by_hand_are_described():
    ax = plt.subplots()[1]
    ax.scatter([1, 2, 3], [10, 20, 30], label="runs")
    assert '"runs": 3 points, x from 1 to 3 and y from 10 to 30, correlation 1.00' in plots.alt_text(ax)
    figure, ax = plt.subplots()
    picture = np.zeros((4, 6))
    picture[2, 1] = 7
    figure.colorbar(ax.imshow(picture))
    assert (
        plots.alt_text(figure)
        == "Image of 4 rows and 6 columns, values from 0 to 7 (highest in row 3, column 2)."
    )
    ax = plt.subplots()[1]
    ax.pcolormesh(picture)
    assert "Heat map of 4 rows and 6 columns, values from 0 to 7" in plots.alt_text(ax)
    ax = plt.subplots()[1]
    ax.imshow(np.zeros((4, 6, 3)))
    assert plots.alt_text(ax) == "Image of 4 rows and 6 columns, in colour."


def test_a_figure_of_several_panels_is_described_panel_by_panel():
    figure, axes = plt.subplots(1, 2)
    axes[0].plot([0, 1], [2, 3])
    plots.learning_curves(runs_of([0.5, 0.6]), splits=("train",), ax=axes[1])
    figure.suptitle("Both")
    text = plots.alt_text(figure)
    assert text.startswith("Both. Panel 1 of 2: Line through 2 points from 2 at 0 to 3 at 1. ")
    assert "Panel 2 of 2: Train accuracy: the mean of 2 runs" in text


def test_empty_axes_and_figures_are_called_empty():
    assert plots.alt_text(plt.subplots()[1]) == "An empty plot."
    assert plots.alt_text(plt.figure()) == "An empty figure."


def test_what_is_neither_axes_nor_figure_has_no_alt_text():
    for say in (plots.alt_text, plots.show):
        with pytest.raises(TypeError, match="expected an Axes or a Figure, got list"):
            say([1])


# --- show ---


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """IPython as a notebook has it: a real shell, which publishes what is displayed."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    yield InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    InteractiveShell.clear_instance()


def test_show_publishes_the_figure_once_with_its_alt_text_and_closes_it(shell):
    from IPython.utils.capture import capture_output

    shell.user_ns["plots"], shell.user_ns["runs"] = plots, runs_of()
    with capture_output() as captured:
        done = shell.run_cell("ax = plots.learning_curves(runs)\nplots.show(ax)")
    done.raise_error()
    assert done.result is None
    assert (captured.stdout, captured.stderr) == ("", "")
    (output,) = captured.outputs
    assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")
    assert output.metadata["image/png"]["alt"] == plots.alt_text(shell.user_ns["ax"])
    assert "the mean of 10 runs" in output.metadata["image/png"]["alt"]
    assert 600 <= output.metadata["image/png"]["width"] <= 800
    assert not plt.get_fignums()


def test_show_takes_a_figure_of_several_panels(shell):
    from IPython.utils.capture import capture_output

    figure, axes = plt.subplots(1, 2)
    axes[0].plot([0, 1])
    axes[1].plot([2, 5])
    with capture_output() as captured:
        plots.show(figure)
    assert captured.outputs[0].metadata["image/png"]["alt"] == plots.alt_text(figure)
    assert not plt.get_fignums()


def test_show_outside_ipython_prints_nothing_and_closes_the_figure(capfd):
    assert plots.show(plots.learning_curves(runs_of())) is None
    assert capfd.readouterr() == ("", "")
    assert not plt.get_fignums()


def test_many_small_images_are_told_as_a_table_by_the_names_beside_and_above_them():
    figure, axes = plt.subplots(2, 6)
    for row, name in zip(axes, ("trained", "untrained"), strict=True):
        for column, ax in enumerate(row):
            ax.imshow(np.eye(3))
            ax.set_title(f"class {column}" if name == "trained" else "")
        row[0].set_ylabel(name)
    figure.suptitle("Two networks")
    assert plots.alt_text(figure) == (
        "Two networks. 12 images in 2 rows (trained and untrained) and 6 columns "
        "(class 0, class 1, class 2, class 3, class 4 and class 5)."
    )


def test_bars_in_groups_are_called_by_the_tick_that_they_stand_around():
    _, ax = plt.subplots()
    for shift, name in ((-0.2, "MLP"), (0.2, "CNN")):
        ax.bar(np.arange(2) + shift, [1, 2], width=0.4, label=name)
    ax.set_xticks(range(2), ["digits", "permuted"])
    text = plots.alt_text(ax)
    assert '2 bars "MLP": digits 1 and permuted 2; 2 bars "CNN": digits 1 and permuted 2' in text


def test_categories_on_an_axis_that_two_panels_share_have_their_names_in_both():
    figure, (above, below) = plt.subplots(2, 1, sharex=True)
    above.bar(["a", "b"], [1, 2])
    below.bar(["a", "b"], [3, 4])
    text = plots.alt_text(figure)
    assert "a 1 and b 2" in text and "a 3 and b 4" in text
