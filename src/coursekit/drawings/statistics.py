"""Drawings of luck and how it is measured: where it enters, intervals, dealing anew, the same images for two."""

from coursekit.drawings.svg import (
    FORWARD,
    INK,
    Drawing,
    Point,
    box,
    dot,
    edge,
    node,
    path,
    text,
)


def two_kinds_of_luck() -> Drawing:
    """Where chance enters a score: in the training by the seed, in the test by the images."""
    parts = [
        *(box((x, 96), 110, 54) for x in (10, 222, 434)),
        text(65, 128, "training"),
        text(277, 119, "trained"),
        text(277, 140, "network"),
        text(489, 128, "score"),
        edge((120, 123), (222, 123), color=FORWARD, width=2.5),
        edge((332, 123), (434, 123), color=FORWARD, width=2.5),
        text(383, 112, "test"),
        *_die((48, 8), (1, 3, 5)),
        edge((65, 48), (65, 94), faint=True),
        text(94, 22, "seed: first weights,", anchor="start"),
        text(94, 43, "order of the images", anchor="start"),
        *_die((366, 8), (1, 2, 4, 5)),
        edge((383, 48), (383, 92), faint=True),
        text(412, 22, "which images are", anchor="start"),
        text(412, 43, "in the test set", anchor="start"),
        text(65, 184, "more runs", weight=600),
        text(383, 184, "more images", weight=600),
        text(224, 184, "← against luck →"),
    ]
    return Drawing(
        tuple(parts),
        width=560,
        height=200,
        alt="From training to a trained network to a score, with a die at two places. Training: the seed decides the "
        "first weights and the order of the images; more runs help against this luck. Test: chance decides which "
        "images are in the test set; more images help against that.",
    )


def _die(corner: Point, pips: tuple[int, ...]) -> list[str]:
    """A die of 34 by 34; pips 1, 2, 4, 5 are the corners and 3 is the middle."""
    places = {1: (9, 9), 2: (25, 9), 3: (17, 17), 4: (9, 25), 5: (25, 25)}
    x, y = corner
    return [
        box(corner, 34, 34),
        *(node((x + places[pip][0], y + places[pip][1]), "", radius=2) for pip in pips),
    ]


def mean_and_next_run() -> Drawing:
    """Five runs on a line, the narrow interval of their mean and the wide one of the next run."""
    runs = (254.0, 305.0, 330.0, 374.0, 437.0)
    mean = sum(runs) / len(runs)
    parts = [
        text(4, 64, "five runs", anchor="start"),
        edge((120, 58), (556, 58), faint=True),
        text(552, 84, "accuracy", anchor="end"),
        *(dot((x, 58)) for x in runs),
        path([(mean, 24), (mean, 190)], dashed=True),
        text(mean, 16, "mean"),
        *_bar(mean, 86, 120),
        text(4, 126, "the true mean?", anchor="start"),
        text(mean + 96, 126, "confidence", anchor="start"),
        text(mean + 96, 146, "interval", anchor="start"),
        *_bar(mean, 210, 190),
        text(4, 196, "the next run?", anchor="start"),
        text(mean, 224, "prediction interval"),
    ]
    return Drawing(
        tuple(parts),
        width=560,
        height=236,
        alt="Five runs as dots on a line of accuracy, and their mean. Below, around the mean, a narrow bar, the "
        "confidence interval: where is the true mean? And a bar more than twice as wide, the prediction interval: "
        "where is the next run?",
    )


def _bar(middle: float, half: float, y: float) -> list[str]:
    low, high = middle - half, middle + half
    return [
        path([(low, y), (high, y)], color=FORWARD, width=4),
        *(path([(end, y - 9), (end, y + 9)], color=FORWARD, width=4) for end in (low, high)),
    ]


def labels_dealt_anew() -> Drawing:
    """Ten scores of two networks, as they were measured, and with the labels dealt anew."""
    scores = (130.0, 176.0, 222.0, 262.0, 300.0, 340.0, 378.0, 420.0, 460.0, 506.0)
    measured = (1, 1, 1, 0, 1, 1, 0, 0, 0, 0)
    dealt = (0, 1, 0, 1, 1, 0, 1, 1, 0, 0)
    parts = [
        dot((130, 18)),
        text(148, 24, "one network", anchor="start"),
        dot((282, 18), hollow=True),
        text(300, 24, "the other", anchor="start"),
        *_groups(scores, measured, 86, "measured"),
        *_groups(scores, dealt, 182, "dealt anew"),
        text(552, 212, "accuracy", anchor="end"),
    ]
    return Drawing(
        tuple(parts),
        width=560,
        height=242,
        alt="Ten scores on a line, five of one network and five of the other. As measured, those of one network lie "
        "mostly to the right, and the two means are far apart. Below are the same ten scores, with the "
        "labels of the networks dealt anew by chance: the two means are close together.",
    )


def _groups(scores: tuple[float, ...], hollow: tuple[int, ...], y: float, name: str) -> list[str]:
    means = [
        sum(x for x, h in zip(scores, hollow, strict=True) if h == group) / hollow.count(group)
        for group in (0, 1)
    ]
    left, right = sorted(means)
    return [
        text(0, y + 6, name, anchor="start", weight=600),
        edge((116, y), (556, y), faint=True),
        *(dot((x, y), hollow=bool(h)) for x, h in zip(scores, hollow, strict=True)),
        *(path([(mean, y + 14), (mean, y + 32)], width=2.5) for mean in means),
        path([(left, y + 23), (right, y + 23)], color=INK, width=1.6),
        text((left + right) / 2, y + 50, "difference of the means"),
    ]


def same_images_paired() -> Drawing:
    """The four kinds of test images for two networks: only those that one alone gets right say something."""
    columns, rows = (150.0, 350.0), (62.0, 140.0)
    parts = [
        text(columns[0] + 95, 20, "second network", weight=600),
        text(columns[1] + 95, 20, "second network", weight=600),
        text(columns[0] + 95, 44, "right"),
        text(columns[1] + 95, 44, "wrong"),
        text(6, rows[0] + 28, "first network", anchor="start", weight=600),
        text(6, rows[0] + 50, "right", anchor="start"),
        text(6, rows[1] + 28, "first network", anchor="start", weight=600),
        text(6, rows[1] + 50, "wrong", anchor="start"),
        *(box((x, y), 190, 68) for x in columns for y in rows),
        text(columns[0] + 95, rows[0] + 40, "says nothing"),
        text(columns[1] + 95, rows[1] + 40, "says nothing"),
        *_heads(columns[1] + 95, rows[0], "b", "for the first"),
        *_heads(columns[0] + 95, rows[1], "c", "for the second"),
        text(280, 246, "equally good? Then each of these b + c is the toss of a coin"),
    ]
    return Drawing(
        tuple(parts),
        width=560,
        height=260,
        alt="A table of four fields: the first network right or wrong, the second right or wrong. Images that both get "
        "right or both get wrong say nothing. The b images that only the first gets right speak for the first, the c "
        "that only the second gets right for the second. If both are equally good, each of these tosses a coin.",
    )


def _heads(x: float, y: float, count: str, said: str) -> list[str]:
    return [node((x, y + 22), count, radius=16, color=FORWARD), text(x, y + 59, said)]
