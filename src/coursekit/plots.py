"""The course's figures, and the text that says what they show to readers who cannot see them.

Every drawing function returns the Axes, and draws into `ax` when it is given. Text, ticks and backgrounds
keep the colours of matplotlib's current style; what is drawn uses `PALETTE`, which can be read on white and
on near-black.
"""

import functools
from collections.abc import Iterable, Sequence
from weakref import WeakKeyDictionary, WeakSet

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib import ticker
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.category import StrCategoryFormatter
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import LinearSegmentedColormap, PowerNorm, to_rgb
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.transforms import ScaledTranslation, Transform

# Blue, orange, violet, sand, crimson. Each has a contrast of at least 3:1 on white and on #121212, and no two
# look alike to readers who cannot tell red from green.
PALETTE = ("#0078b4", "#d95f02", "#8f3fe0", "#a5875a", "#c31e69")

_WRONG = "#d62728"
_DASHES = ("-", (0, (5, 2)), (0, (1, 1.4)), (0, (7, 2, 1.5, 2)), (0, (3, 1.5)), (0, (9, 3)))
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_PANELS_TO_TELL = 9  # more panels than this that show an image each are told as a table
_SIZE = (7, 4.2)  # inches; `show` gives an inch 100 pixels of the page

# What `alt_text` says of an artist that was drawn here; "" for one that another artist speaks for. An artist
# that is removed from its Axes takes its sentence with it.
_SAID: WeakKeyDictionary[Artist, str] = WeakKeyDictionary()
_OURS: WeakSet[Figure] = WeakSet()  # figures made here, which may grow with their legend


# --- drawing ---


def learning_curves(
    runs,
    metric: str = "accuracy",
    *,
    splits: Sequence[str] = ("train", "validation"),
    label: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how `metric` develops over the epochs: every run as a thin line, their mean, a band around them.

    runs: a `Runs`, or any object whose `history` is a frame with the columns run, epoch and `metric` (and
    "val_" + `metric` for the validation split). The mean and the band (lowest to highest run) stop where a
    run has no finite value, so that they always stand for all runs. A watched quantity has no splits: draw it
    with splits=("train",).
    label: names these runs in the legend when several groups of runs share one Axes.
    Raises TypeError or ValueError naming the argument.
    """
    history = _history(runs)
    columns = _split_columns(history, metric, splits)
    ax = _axes(ax)
    for split, column in columns.items():
        table = history.pivot(index="epoch", columns="run", values=column).astype(float)
        table = table.where(np.isfinite(table))
        mean = table.mean(axis=1, skipna=False)
        style = _next_style(ax)
        color = style["color"]
        # A run of one epoch is a point, which a line alone would not show.
        dot = "." if len(table) == 1 else ""
        thin = ax.plot(table.index, table, color=color, linewidth=0.8, alpha=0.75, marker=dot)
        band = ax.fill_between(
            table.index,
            table.min(axis=1, skipna=False),
            table.max(axis=1, skipna=False),
            color=color,
            alpha=0.14,
            linewidth=0,
        )
        watched = metric not in ("accuracy", "loss") and f"val_{metric}" not in history
        name = ", ".join(filter(None, [label, "" if watched else split]))
        count = _counted(table.shape[1], "run")
        # Lines that lie on each other show their markers in turn.
        step = max(1, len(mean) // 10)
        (line,) = ax.plot(
            mean.index,
            mean,
            **style,
            linewidth=2.2,
            markersize=5.5,
            markevery=(len(_main_lines(ax)) % step, step),
            label=f"{name} ({count})" if name else count,
        )
        _SAID.update(dict.fromkeys([*thin, band], ""))
        _SAID[line] = _say_runs(f"{name} {metric}".replace("_", " ").strip(), table, mean)
    ax.set_xlabel("epoch")
    ax.set_ylabel(metric.replace("_", " "))
    ax.xaxis.set_major_locator(ticker.MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    if len(table) == 1:
        ax.set_xlim(table.index[0] - 0.5, table.index[0] + 0.5)
        ax.set_xticks(table.index)
    _plain_frame(ax)
    _legend_below(
        ax,
        [
            Line2D([], [], color="gray", linewidth=2.2, label="mean"),
            Line2D([], [], color="gray", linewidth=0.9, marker=dot, label="one run"),
            Patch(color="gray", alpha=0.25, linewidth=0, label="lowest to highest run"),
        ],
    )
    return ax


def confusion_matrix(y_true, y_pred, class_names: Iterable, *, ax: Axes | None = None) -> Axes:
    """Draw how often each true class (row) was taken for each class (column).

    y_true, y_pred: integer labels of shape (n,), in the range of `class_names`. Each cell shows a number of
    images; its shade is the share of its row, on a square-root scale so that rare confusions can be seen.
    Raises TypeError or ValueError naming the argument.
    """
    import seaborn
    from sklearn import metrics

    names = [str(name) for name in class_names]
    if len(names) < 2:
        raise ValueError(f"class_names: expected at least two names, got {len(names)}")
    y_true = _labels(y_true, "y_true", len(names))
    y_pred = _labels(y_pred, "y_pred", len(names))
    if len(y_true) != len(y_pred):
        raise ValueError(f"y_pred: expected {len(y_true)} labels, as many as y_true, got {len(y_pred)}")
    ax = _axes(ax, size=(7, 5.8))
    counts = metrics.confusion_matrix(y_true, y_pred, labels=range(len(names)))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)

    shades = LinearSegmentedColormap.from_list("share", [ax.get_facecolor(), PALETTE[0]])
    norm = PowerNorm(0.5, 0, 1)
    cell = min(_size_in_points(ax)) / len(names)
    before = len(ax.texts)
    seaborn.heatmap(
        shares,
        annot=counts,
        fmt="d",
        cmap=shades,
        norm=norm,
        cbar=False,
        square=True,
        linewidths=0.6,
        linecolor=(*to_rgb(plt.rcParams["axes.edgecolor"]), 0.25),
        xticklabels=names,
        yticklabels=names,
        annot_kws={"fontsize": min(10, cell / (0.68 * len(str(counts.max()))))},
        ax=ax,
    )
    for text, share in zip(ax.texts[before:], shares.flat, strict=True):
        text.set_color(_ink(shades(norm(share))))
        text.set_alpha(1 if share else 0.6)
    if max(map(len, names)) * 0.62 * plt.rcParams["font.size"] > 0.95 * cell:
        plt.setp(ax.get_xticklabels(), rotation=40, ha="right", rotation_mode="anchor")
    else:
        plt.setp(ax.get_xticklabels(), rotation=0)
    plt.setp(ax.get_yticklabels(), rotation=0)
    ax.tick_params(length=0)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    _SAID[ax.collections[-1]] = _say_confusion(counts, names)
    return ax


def image_grid(
    images,
    labels: Iterable | None = None,
    *,
    columns: int = 10,
    marked=None,
    ax: Axes | None = None,
) -> Axes:
    """Draw images in rows, with a label above each.

    images: uint8, or floats in 0..1, of shape (n, height, width), or with a last axis of 1 or 3 colours.
    labels: n strings or numbers. marked: n booleans, True for a wrong one; it gets a red frame and a cross.
    Raises TypeError or ValueError naming the argument.
    """
    images = _images(images)
    n, height, width, _ = images.shape
    if not isinstance(columns, int) or columns < 1:
        raise ValueError(f"columns: expected a whole number of at least 1, got {columns!r}")
    columns = min(columns, n)
    rows = -(-n // columns)
    texts = None if labels is None else _one_label_each(labels, n)
    marked = None if marked is None else _one_mark_each(marked, n)

    gap = max(2, round(0.14 * width))
    across = columns * (width + gap) + gap
    inches = min(_SIZE[0], 1.3 * columns)
    given = ax is not None
    ax = _axes(ax, size=(inches, inches))
    # The pixels of the tiled picture that one point of the page covers.
    point = across / (_size_in_points(ax)[0] if given else 72 * inches)
    band = 0
    if texts is not None:
        longest = max(len(line) for text in texts for line in text.split("\n"))
        fontsize = float(np.clip((width + gap) / point / (0.62 * max(longest, 1)), 6, 9))
        lines = 1 + max(text.count("\n") for text in texts)
        band = round((lines * fontsize * 1.2 + 5) * point)  # 5 points keep a label apart from the row above
    pitch = height + band + gap
    down = rows * pitch + gap
    if not given:
        _figure(ax).set_size_inches(inches, down / point / 72 + (0.35 if marked is not None else 0.05))

    sheet = np.zeros((down, across, 4), np.float32)  # transparent between the images
    for i, image in enumerate(images):
        row, column = divmod(i, columns)
        top, left = gap + band + row * pitch, gap + column * (width + gap)
        tile = sheet[top : top + height, left : left + width]
        tile[..., :3], tile[..., 3] = image, 1
        if texts is not None:
            middle, above = left + (width - 1) / 2, top - 0.5 - 2.5 * point
            ax.text(middle, above, texts[i], ha="center", va="bottom", fontsize=fontsize)
        if marked is not None and marked[i]:
            _mark_wrong(ax, left, top, width, height, fontsize=float(np.clip(0.2 * width / point, 5, 9)))
    picture = ax.imshow(sheet, interpolation="nearest")
    _SAID[picture] = _say_grid(n, rows, columns, texts, marked)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    if marked is not None:
        ax.set_xlabel(f"✗ wrong: {np.count_nonzero(marked)} of {n}")
    return ax


def _mark_wrong(ax: Axes, left: int, top: int, width: int, height: int, *, fontsize: float) -> None:
    """A red frame around an image, and a cross in its corner."""
    corner = (left - 1, top - 1)
    ax.add_patch(Rectangle(corner, width + 1, height + 1, fill=False, edgecolor=_WRONG, linewidth=2.2))
    ax.text(
        left + width - 0.5,
        top + height - 0.5,
        "✗",
        color="white",
        fontsize=fontsize,
        fontweight="bold",
        ha="right",
        va="bottom",
        bbox={"boxstyle": "square,pad=0.12", "facecolor": _WRONG, "edgecolor": "none"},
    )


def sweep(
    values: Sequence[float],
    samples: Sequence[Sequence[float]],
    *,
    xlabel: str,
    ylabel: str,
    ax: Axes | None = None,
    label: str | None = None,
) -> Axes:
    """Draw what a setting does to a result: its mean and error bar at each value, runs as faint points.

    values: the settings, shape (k,). samples: for each the results of its runs; runs may differ in number.
    Bars are the 95 % interval of the mean (Student's t), or lowest to highest run where there are fewer than
    three runs. The x axis is logarithmic if the values are spaced more evenly there.
    label: names this sweep in the legend when several share one Axes.
    Raises TypeError or ValueError naming the argument.
    """
    settings, results = _swept(values, samples)
    ax = _axes(ax)
    if settings.min() > 0 and _unevenness(np.log(settings)) < _unevenness(settings) - 1e-9:
        ax.set_xscale("log")
    fewest, most = min(map(len, results)), max(map(len, results))
    runs_each = _counted(most, "run") if fewest == most else f"{fewest} to {most} runs"
    means = np.array([runs.mean() for runs in results])
    bounds = np.array([_interval(runs) for runs in results])

    style = _next_style(ax)
    points = ax.plot(
        np.repeat(settings, [len(runs) for runs in results]),
        np.concatenate(results),
        linestyle="none",
        marker=".",
        markersize=7,
        markeredgewidth=0,
        color=style["color"],
        alpha=0.65,
    )
    line, caps, sticks = ax.errorbar(
        settings,
        means,
        yerr=np.abs(bounds.T - means),
        **style,
        linewidth=1.8,
        markersize=5.5,
        capsize=3,
        elinewidth=1.6,
        capthick=1.6,
    )
    # Shifted by a few points on the page, bars hide neither their runs nor another sweep; the data stay true.
    shift = 11 * len(_main_lines(ax))
    for artist in [*points, line, *caps, *sticks]:
        artist.set_transform(_shifted(ax, shift + 5.5 if artist in points else shift))
    line.set_label(f"{label} (mean of {runs_each})" if label else f"mean of {runs_each}")
    _SAID.update(dict.fromkeys([*points, *caps, *sticks], ""))
    _SAID[line] = _say_sweep(
        f"{ylabel} ({label})" if label else ylabel, xlabel, runs_each, settings, results, means, bounds
    )

    ax.margins(x=0.08)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ticks = sorted({float(x) for drawn in _main_lines(ax) for x in np.asarray(drawn.get_xdata())})
    if len(ticks) <= 12:
        ax.set_xticks(ticks, [_number(tick) for tick in ticks])
        ax.xaxis.set_minor_locator(ticker.NullLocator())
    _plain_frame(ax)
    # The legend speaks for all sweeps of these axes.
    line.set_gid("interval" if fewest >= 3 else "range" if most < 3 else "both")
    kinds = {kind for drawn in _main_lines(ax) if (kind := drawn.get_gid())}
    bar = {"interval": "95 % interval of the mean", "range": "lowest to highest run"}.get(
        kinds.pop() if len(kinds) == 1 else "",
        "95 % interval of the mean (lowest to highest run if fewer than 3)",
    )
    grey = functools.partial(Line2D, [], [], color="gray", linestyle="none")
    one_run = grey(marker=".", markersize=7, markeredgewidth=0, label="one run")
    error_bar = grey(marker="|", markersize=11, markeredgewidth=1.6, label=bar)
    _legend_below(ax, [one_run, error_bar])
    return ax


def show(ax: Axes | Figure) -> None:
    """Display the figure of `ax` once, with its alt text in the output's metadata, and close it.

    Where several panels explain the same marks, one legend below the figure takes the place of theirs. Closing
    keeps Jupyter from drawing it a second time at the end of the cell. Outside IPython nothing is displayed.
    Raises TypeError for anything but an Axes or a Figure.
    """
    from IPython import get_ipython

    figure = _figure(ax)
    try:
        _share_legend(figure)
        if get_ipython() is not None:
            _publish(figure)
    finally:
        plt.close(figure)


def _share_legend(figure: Figure) -> None:
    """One legend for all panels of a figure, if no mark means one thing here and another there."""
    legends = [legend for ax in figure.axes if (legend := ax.get_legend())]
    entries = [
        (text.get_text(), handle)
        for legend in legends
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
    ]
    meant = {(label, _look(handle)) for label, handle in entries}
    labels, looks = {label for label, _ in meant}, {look for _, look in meant}
    if len(legends) < 2 or not len(meant) == len(labels) == len(looks) or len(meant) == len(entries):
        return
    handles = dict(reversed(entries))
    for legend in legends:
        legend.remove()
    shown = dict.fromkeys(label for label, _ in entries)
    figure.set_layout_engine("constrained")
    figure.legend(
        handles=[handles[label] for label in shown],
        labels=list(shown),
        loc="outside lower center",
        ncols=max(1, min(len(shown), int(figure.get_figwidth() / 1.8))),
        frameon=False,
        handlelength=3.2,
        fontsize=9,
    )


def _look(handle: Artist | None) -> tuple:
    """What tells a mark of a legend from another one."""
    names = ("color", "facecolor", "linestyle", "linewidth", "marker", "hatch")
    return tuple(str(getattr(handle, f"get_{name}")()) for name in names if hasattr(handle, f"get_{name}"))


def _publish(figure: Figure) -> None:
    from IPython.core.pylabtools import print_figure
    from IPython.display import Image, display

    # A picture instead of the figure itself does not depend on the matplotlib backend of the kernel. "retina"
    # shows it at half its pixels: 100 for an inch.
    png = print_figure(figure, "png", dpi=200)
    display(Image(png, format="png", retina=True, alt=alt_text(figure)))


# --- saying ---


def alt_text(drawn: Axes | Figure) -> str:
    """Say in a few plain sentences what was drawn, with its numbers: for screen readers.

    Understands the figures of this module, and lines, bars, histograms, scatter plots, images and heat maps
    drawn by hand. Title, labels and limits are read when it is called, so that later changes count. Raises
    TypeError for anything but an Axes or a Figure.
    """
    if isinstance(drawn, Axes):
        return _say_axes(drawn)
    panels = [ax for ax in _figure(drawn).axes if ax.get_visible() and ax.get_label() != "<colorbar>"]
    if len(panels) > _PANELS_TO_TELL and all(_is_one_picture(ax) for ax in panels):
        told = [_say_table_of_pictures(panels)]
    else:
        told = [_say_axes(ax) for ax in panels]
    if len(told) > 1:
        told = [f"Panel {i} of {len(panels)}: {text}" for i, text in enumerate(told, start=1)]
    return " ".join(filter(None, [_sentence(drawn.get_suptitle()), *told])) or "An empty figure."


def _is_one_picture(ax: Axes) -> bool:
    return len(ax.images) == 1 and not (ax.lines or ax.collections or ax.containers)


def _say_table_of_pictures(panels: list[Axes]) -> str:
    """Rows and columns of many small images, by the names that stand beside and above them."""
    specs = [spec for ax in panels if (spec := ax.get_subplotspec())]
    places = [(spec.rowspan.start, spec.colspan.start) for spec in specs]
    names = []
    for letter, axis in enumerate(("row", "column")):
        labels: dict[int, str] = {}
        for place, ax in zip(places, panels, strict=True):
            text = ax.get_ylabel() if axis == "row" else ax.get_title()
            labels.setdefault(place[letter], " ".join(text.split()))
        named = [text for _, text in sorted(labels.items()) if text]
        names.append(_counted(len(labels), axis) + (f" ({_listed(named)})" if named else ""))
    return _sentence(f"{len(panels)} images in {names[0]} and {names[1]}")


def _say_axes(ax: Axes) -> str:
    title = " ".join(filter(None, (ax.get_title(loc) for loc in ("left", "center", "right"))))
    bars = [c for c in ax.containers if isinstance(c, BarContainer) and len(c)]
    caps = {cap for c in ax.containers if isinstance(c, ErrorbarContainer) for cap in c.lines[1]}
    artists = [artist for artist in (*ax.images, *ax.collections, *ax.lines) if artist.get_visible()]
    known = [_SAID[artist] for artist in artists if _SAID.get(artist)]
    rest = [artist for artist in artists if artist not in _SAID and artist not in caps]
    lines = [artist for artist in rest if isinstance(artist, Line2D)]
    clouds = [artist for artist in rest if isinstance(artist, PathCollection)]
    pictures = [artist for artist in rest if artist in ax.images or isinstance(artist, QuadMesh)]

    if len(known) > 2:  # several groups of runs share one sentence
        known = ["; ".join(known)]
    by_hand = [
        *(_say_bars(ax, container) for container in bars),
        *map(_say_picture, pictures),
        *map(_say_cloud, clouds),
        *_say_lines(ax, lines),
    ]
    told = [*known, "; ".join(by_hand)] if known or by_hand else ["an empty plot"]
    has_scales = bars or clouds or lines or _main_lines(ax)
    scales = f"{_say_scale(ax.xaxis, 'x')}; {_say_scale(ax.yaxis, 'y')}" if has_scales else ""
    return " ".join(filter(None, map(_sentence, [title, *told, scales])))


def _say_runs(name: str, table: pd.DataFrame, mean: pd.Series) -> str:
    mean = mean.dropna()
    runs = _counted(table.shape[1], "run")
    if mean.empty:
        return f"{name}: {runs} without an epoch at which all of them have a finite value"
    first, last = mean.index[0], mean.index[-1]
    ends = table.loc[last].sort_values()
    said = f"{name}: the mean of {runs} " if len(ends) > 1 else f"{name}: one run "
    if first == last:
        said += f"is {_number(mean[last])} at epoch {last}"
    else:
        said += f"goes from {_number(mean[first])} at epoch {first} to {_number(mean[last])} at epoch {last}"
    if len(ends) == 1:
        return said
    if len(ends) <= 12:
        said += f"; there the runs are at {_listed(map(_number, ends))}"
    else:
        said += f"; there the runs lie between {_number(ends.iloc[0])} and {_number(ends.iloc[-1])}"
    return f"{said} (standard deviation {_number(ends.std())})"


def _say_confusion(counts: np.ndarray, names: list[str]) -> str:
    total, right = counts.sum(), np.trace(counts)
    said = (
        f"Confusion matrix of {_counted(total, 'image')} in {len(names)} classes, true classes in rows and "
        f"predicted ones in columns: {right} ({100 * right / total:.1f} %) on the diagonal, where they agree"
    )
    mistakes = counts - np.diag(np.diag(counts))
    most = [divmod(int(i), len(names)) for i in np.argsort(-mistakes, axis=None, kind="stable")[:3]]
    worst = [f"{names[t]} taken for {names[p]} ({mistakes[t, p]})" for t, p in most if mistakes[t, p]]
    if worst:
        said += f". Most frequent mistakes: {_listed(worst)}"
    never = [name for name, column in zip(names, counts.T, strict=True) if not column.any()]
    if never:
        said += f". Never predicted: {_listed(never)}"
    absent = [name for name, row in zip(names, counts, strict=True) if not row.any()]
    if absent:
        said += f". Without images: {_listed(absent)}"
    return said


def _say_grid(n: int, rows: int, columns: int, texts: list[str] | None, marked: np.ndarray | None) -> str:
    up_to = "up to " if n % columns else ""
    said = f"Grid of {_counted(n, 'image')} in {_counted(rows, 'row')} of {up_to}{columns}"
    flat = [text.replace("\n", " ") for text in texts or []]
    kinds = sorted(set(flat))
    if flat and n <= 20:
        said += f", labelled row by row {', '.join(flat)}"
    elif flat:
        said += f", with {_counted(len(kinds), 'different label')}"
        said += f": {', '.join(kinds)}" if len(kinds) <= 20 else ""
    if marked is not None:
        where = [
            f"row {i // columns + 1} column {i % columns + 1}" + (f" ({flat[i]})" if flat else "")
            for i in np.flatnonzero(marked)
        ]
        said += f". Marked as wrong: {len(where)} of {n}"
        if 0 < len(where) <= 10:
            said += f", at {_listed(where)}"
    return said


def _say_sweep(name: str, xlabel: str, runs_each: str, values, samples, means, bounds) -> str:
    at = [f"{_number(mean)} at {_number(value)}" for value, mean in zip(values, means, strict=True)]
    said = f"{name} for {_counted(len(at), 'value')} of {xlabel}, mean of {runs_each} each: "
    said += _listed(at) if len(at) <= 10 else f"from {at[0]} to {at[-1]}"
    if len(at) > 1:
        said += f"; highest {at[np.argmax(means)]}, lowest {at[np.argmin(means)]}"
    widest = int(np.argmax([np.ptp(runs) for runs in samples]))
    if len(samples[widest]) > 1:
        low, high = _number(samples[widest].min()), _number(samples[widest].max())
        said += f"; the runs differ most at {_number(values[widest])}, from {low} to {high}"
        said += f" (error bar from {_number(bounds[widest][0])} to {_number(bounds[widest][1])})"
    return said


def _say_lines(ax: Axes, lines: list[Line2D]) -> list[str]:
    curves: list[Line2D] = []
    levels: dict[str, list[str]] = {"horizontal": [], "vertical": []}
    for line in lines:
        # axhline and axvline have one coordinate in the data and the other in the frame.
        x_is_data, y_is_data = line.get_transform().contains_branch_seperately(ax.transData)
        if y_is_data and not x_is_data:
            levels["horizontal"].append(
                _number(np.asarray(line.get_ydata(orig=False))[0]) + _name(line, ' ("{}")')
            )
        elif x_is_data and not y_is_data:
            levels["vertical"].append(
                _number(np.asarray(line.get_xdata(orig=False))[0]) + _name(line, ' ("{}")')
            )
        else:
            curves.append(line)
    if len(curves) <= 4:
        said = [_say_line(line) for line in curves]
    else:
        heights = [np.asarray(line.get_ydata(orig=False)) for line in curves]
        lasts = [float(y[-1]) for y in heights if len(y)]
        names = list(filter(None, (_name(line, '"{}"') for line in curves)))
        said = [f"{len(curves)} lines" + (f" ({_listed(names)})" if names else "")]
        if lasts:
            said[0] += f" whose last points lie between {_number(min(lasts))} and {_number(max(lasts))}"
    for direction, marks in levels.items():
        if marks:
            said.append(f"{direction} line{'s' if len(marks) > 1 else ''} at {_listed(marks)}")
    return said


def _say_line(line: Line2D) -> str:
    x, y = _finite(line.get_xdata(orig=False), line.get_ydata(orig=False))
    if line.get_linestyle() in ("None", "", " "):
        return _say_points(_name(line, '"{}": '), x, y)
    if not len(x):
        return "line" + _name(line, ' "{}"') + " without a finite point"
    ends = f"from {_number(y[0])} at {_number(x[0])} to {_number(y[-1])} at {_number(x[-1])}"
    said = "line" + _name(line, ' "{}"') + f" through {_counted(len(x), 'point')} {ends}"
    for word, i in (("lowest", int(np.argmin(y))), ("highest", int(np.argmax(y)))):
        if y[i] not in (y[0], y[-1]):
            said += f", {word} {_number(y[i])} at {_number(x[i])}"
    return said


def _say_cloud(cloud: PathCollection) -> str:
    return _say_points(_name(cloud, '"{}": '), *_finite(*np.ma.filled(cloud.get_offsets(), np.nan).T))


def _say_points(name: str, x: np.ndarray, y: np.ndarray) -> str:
    if not len(x):
        return f"{name}no points"
    said = f"{name}{_counted(len(x), 'point')}, x from {_number(x.min())} to {_number(x.max())}"
    said += f" and y from {_number(y.min())} to {_number(y.max())}"
    if len(x) > 2 and np.ptp(x) and np.ptp(y):
        said += f", correlation {np.corrcoef(x, y)[0, 1]:.2f}"
    return said


def _say_bars(ax: Axes, bars: BarContainer) -> str:
    lying = bars.orientation == "horizontal"
    axis = ax.yaxis if lying else ax.xaxis
    boxes = [bar.get_bbox() for bar in bars]
    boxes = [(b.y0, b.y1, b.x1 - b.x0) if lying else (b.x0, b.x1, b.y1 - b.y0) for b in boxes]
    left, right, heights = np.array(sorted(boxes)).T
    tallest, lowest = int(np.argmax(heights)), int(np.argmin(heights))
    name = _name(bars, ' "{}"')
    named = StrCategoryFormatter | ticker.FixedFormatter
    if isinstance(axis.get_major_locator(), ticker.FixedLocator):
        named |= ticker.FuncFormatter  # what set_xticks(places, names) makes
    written = isinstance(axis.get_major_formatter(), named)
    if not written and len(left) > 1 and np.allclose(right[:-1], left[1:], atol=1e-6 * np.ptp(left)):
        top = f"{_number(left[tallest])} to {_number(right[tallest])}"
        return (
            f"histogram{name} of {len(left)} bins from {_number(left[0])} to {_number(right[-1])}, "
            f"{_number(heights.sum())} in all, the highest bin ({top}) with {_number(heights[tallest])}"
        )
    middles = (left + right) / 2
    # The formatter knows the names also where a shared axis draws them on another panel.
    at = np.asarray(axis.get_ticklocs(), float) if written else np.array([])
    names = axis.get_major_formatter().format_ticks(at.tolist()) if len(at) else []

    def name_of(middle: float) -> str:
        near = np.abs(at - middle)
        # Bars that stand in a group do not stand on the tick itself.
        return names[int(near.argmin())] if len(at) and near.min() < 0.5 else _number(middle)

    each = [f"{name_of(m)} {_number(h)}" for m, h in zip(middles, heights, strict=True)]
    if len(each) <= 12:
        return f"{_counted(len(each), 'bar')}{name}: {_listed(each)}"
    return f"{len(each)} bars{name}: highest {each[tallest]}, lowest {each[lowest]}"


def _say_picture(picture) -> str:
    shown = np.ma.filled(np.ma.asarray(picture.get_array()).astype(float), np.nan)
    kind = "heat map" if isinstance(picture, QuadMesh) else "image"
    said = f"{kind} of {shown.shape[0]} rows and {shown.shape[1]} columns"
    if shown.ndim == 3:
        return f"{said}, in colour"
    if not np.isfinite(shown).any():
        return f"{said} without a finite value"
    row, column = np.unravel_index(np.nanargmax(shown), shown.shape)
    low, high = _number(np.nanmin(shown)), _number(np.nanmax(shown))
    return f"{said}, values from {low} to {high} (highest in row {row + 1}, column {column + 1})"


def _say_scale(axis, letter: str) -> str:
    name = axis.get_label_text()
    said = f"{letter} axis ({name})" if name else f"{letter} axis"
    if isinstance(axis.get_major_formatter(), StrCategoryFormatter):
        return f"{said}: {_listed(axis.get_major_formatter().format_ticks(axis.get_ticklocs()))}"
    low, high = axis.get_view_interval()
    scale = axis.get_scale()
    if scale != "linear":
        scale = "logarithmic" if scale == "log" else scale
        return f"{said} from {_number(f'{low:.2g}')} to {_number(f'{high:.2g}')}, {scale}"
    # To a hundredth of its length, since the margins at both ends are no numbers to read out.
    digits = int(np.ceil(-np.log10(abs(high - low)))) + 1
    return f"{said} from {_number(round(low, digits))} to {_number(round(high, digits))}"


def _name(artist, form: str) -> str:
    """The artist's label put into `form`; "" if it was given none."""
    label = str(artist.get_label() or "")
    return "" if not label or label.startswith("_") else form.format(label)


def _finite(x, y) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(x, float), np.asarray(y, float)
    keep = np.isfinite(x) & np.isfinite(y)
    return x[keep], y[keep]


def _counted(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _listed(parts: Iterable[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def _number(x: float | str) -> str:
    x = float(x)
    return f"{int(x)}" if x.is_integer() and abs(x) < 1e12 else f"{x:.4g}"


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text and text[0].upper() + text[1:] + ("" if text[-1] in ".?!" else ".")


# --- arguments ---


def _axes(ax: Axes | None, size: tuple[float, float] = _SIZE) -> Axes:
    if ax is None:
        figure, ax = plt.subplots(figsize=size, layout="constrained")
        _OURS.add(figure)
        return ax
    if not isinstance(ax, Axes):
        raise TypeError(
            f"ax: expected one Axes, got {type(ax).__name__}; of several panels pass one (axes[0])"
        )
    return ax


def _one_label_each(labels: Iterable, n: int) -> list[str]:
    texts = [str(label) for label in labels]
    if len(texts) != n:
        raise ValueError(f"labels: expected {n}, one for each image, got {len(texts)}")
    return texts


def _one_mark_each(marked, n: int) -> np.ndarray:
    marks = np.asarray(marked)
    if marks.dtype != bool or marks.shape != (n,):
        got = f"{marks.dtype} of shape {marks.shape}"
        raise ValueError(f"marked: expected {n} booleans, one for each image, got {got}")
    return marks


def _figure(drawn: Axes | Figure) -> Figure:
    if isinstance(drawn, Axes):
        drawn = drawn.get_figure(root=True) or drawn
    if not isinstance(drawn, Figure):
        raise TypeError(f"expected an Axes or a Figure, got {type(drawn).__name__}")
    return drawn


def _history(runs) -> pd.DataFrame:
    history = getattr(runs, "history", None)
    if not isinstance(history, pd.DataFrame):
        got = type(runs).__name__
        raise TypeError(f"runs: expected Runs, or an object whose history is a frame, got {got}")
    if not {"run", "epoch"} <= set(history):
        raise ValueError(f"runs.history: expected the columns run and epoch, got {list(history)}")
    if history.empty:
        raise ValueError("runs.history: expected at least one run of one epoch, got an empty frame")
    twice = history.duplicated(["run", "epoch"])
    if twice.any():
        run, epoch = history.loc[twice, ["run", "epoch"]].iloc[0]
        raise ValueError(
            f"runs.history: expected one row for each run and epoch, got two for run {run}, epoch {epoch}"
        )
    return history


def _split_columns(history: pd.DataFrame, metric: str, splits: Sequence[str]) -> dict[str, str]:
    columns = {"train": metric, "validation": f"val_{metric}"}
    if isinstance(splits, str) or not splits or not set(splits) <= set(columns):
        raise ValueError(f'splits: expected ("train",), ("validation",) or both, got {splits!r}')
    chosen = {split: columns[split] for split in splits}
    for split, column in chosen.items():
        if column not in history:
            known = _listed([str(name) for name in history if name not in ("run", "epoch")] or ["none"])
            slip = '; did you forget splits=("train",)?' if metric in history else ""
            raise ValueError(
                f"metric: expected {column!r} in runs.history for the {split} split, got {known}{slip}"
            )
        if not np.isfinite(pd.to_numeric(history[column], errors="coerce")).any():
            raise ValueError(f"runs.history: expected numbers in {column!r}, got none that is finite")
    return chosen


def _labels(labels, name: str, classes: int) -> np.ndarray:
    labels = np.asarray(labels)
    if not labels.size:
        raise ValueError(f"{name}: expected at least one label, got none")
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        slip = "; did you forget argmax?" if labels.shape[1:] == (classes,) else ""
        got = f"{labels.dtype} of shape {labels.shape}"
        raise ValueError(f"{name}: expected integer labels of shape (n,), got {got}{slip}")
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"{name}: expected labels from 0 to {classes - 1}, one for each of class_names, "
            f"got {labels.min()} to {labels.max()}"
        )
    return labels


def _images(images) -> np.ndarray:
    """The images as floats in 0..1, shape (n, height, width, 1 or 3)."""
    images = np.asarray(images)
    tiles = images[..., None] if images.ndim == 3 else images
    if tiles.ndim != 4 or tiles.shape[-1] not in (1, 3) or 0 in tiles.shape:
        raise ValueError(
            "images: expected at least one image, shape (n, height, width), or with a last axis of 1 or 3 "
            f"colours, got shape {images.shape}"
        )
    if tiles.dtype == np.uint8:
        return tiles.astype(np.float32) / 255
    if tiles.dtype.kind != "f":
        raise ValueError(f"images: expected uint8, or floats in 0..1, got {tiles.dtype}")
    if not (tiles.min() >= 0 and tiles.max() <= 1):  # NaN fails both
        raise ValueError(f"images: expected floats in 0..1, got {tiles.min()} to {tiles.max()}")
    return tiles.astype(np.float32)


def _swept(values, samples) -> tuple[np.ndarray, list[np.ndarray]]:
    """Both as arrays of floats, ordered by value."""
    try:
        settings = np.asarray(values, float)
    except (TypeError, ValueError):
        raise ValueError(f"values: expected numbers, got {values!r}") from None
    if settings.ndim != 1 or not len(settings) or not np.isfinite(settings).all():
        raise ValueError(f"values: expected a row of one or more finite numbers, got {values!r}")
    if len(np.unique(settings)) < len(settings):
        raise ValueError(f"values: expected each value once, got {values!r}")
    results = [np.asarray(runs, float) for runs in samples]
    if len(results) != len(settings):
        raise ValueError(f"samples: expected {len(settings)}, one for each of values, got {len(results)}")
    for value, runs in zip(settings, results, strict=True):
        if runs.ndim != 1 or not len(runs) or not np.isfinite(runs).all():
            at = f"the sample at {_number(value)}"
            raise ValueError(f"samples: expected one or more finite numbers as {at}, got {runs.tolist()}")
    order = np.argsort(settings)
    return settings[order], [results[i] for i in order]


# --- looks ---


def _main_lines(ax: Axes) -> list[Line2D]:
    return [line for line in ax.lines if _SAID.get(line)]


def _next_style(ax: Axes) -> dict:
    """Colour, dashes and marker of the next line; together they repeat only after 210 lines."""
    i = len(_main_lines(ax))
    return {
        "color": PALETTE[i % len(PALETTE)],
        "linestyle": _DASHES[i % len(_DASHES)],
        "marker": _MARKERS[i % len(_MARKERS)],
    }


def _unevenness(spaced: np.ndarray) -> float:
    steps = np.diff(spaced)
    return steps.std() / steps.mean() if len(steps) else 0.0


def _interval(runs: np.ndarray) -> tuple[float, float]:
    from scipy.special import stdtrit  # scipy.stats would take a second to load

    if len(runs) < 3:
        return runs.min(), runs.max()
    half = stdtrit(len(runs) - 1, 0.975) * runs.std(ddof=1) / np.sqrt(len(runs))
    return runs.mean() - half, runs.mean() + half


def _shifted(ax: Axes, points: float) -> Transform:
    return ax.transData + ScaledTranslation(points / 72, 0, ax.figure.dpi_scale_trans)


def _size_in_points(ax: Axes) -> tuple[float, float]:
    figure = _figure(ax)
    figure.draw_without_rendering()  # computes the layout
    box = ax.get_window_extent()
    return 72 * box.width / figure.dpi, 72 * box.height / figure.dpi


def _ink(paper) -> str:
    """Black or white, whichever is easier to read on this colour (by WCAG's relative luminance)."""
    channels = np.array(to_rgb(paper))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return "black" if linear @ (0.2126, 0.7152, 0.0722) > 0.179 else "white"


def _plain_frame(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(True, axis="y", alpha=0.25)
    ax.set_axisbelow(True)


def _legend_below(ax: Axes, explained: list[Artist]) -> None:
    """A legend under the x label, where it hides nothing: the lines drawn here, then the fainter marks."""
    handles = [*_main_lines(ax), *explained]
    figure = _figure(ax)
    figure.draw_without_rendering()  # computes the layout
    for columns in (3, 2, 1):
        legend = ax.legend(
            handles=handles,
            loc="upper center",
            bbox_to_anchor=(0.5, 0),
            bbox_transform=ax.transAxes + ScaledTranslation(0, -0.5, ax.figure.dpi_scale_trans),
            ncols=columns,
            frameon=False,
            borderaxespad=0,
            handlelength=3.2,
            fontsize=9,
        )
        if legend.get_window_extent().width <= 1.05 * ax.get_window_extent().width:
            break
    if figure in _OURS:
        rows = -(-len(handles) // columns)
        figure.set_figheight(_SIZE[1] + 0.19 * max(0, rows - 2))
