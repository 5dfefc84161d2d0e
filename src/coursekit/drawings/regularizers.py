"""Drawings of what keeps a network from learning by heart: a mask, a price on weights, a stop, shifted copies."""

from math import exp

from coursekit.drawings.svg import (
    BACKWARD,
    FORWARD,
    INK,
    Drawing,
    Point,
    box,
    dot,
    edge,
    grid,
    node,
    path,
    rect,
    text,
)

_SHIRT = ("11.11", "11111", ".111.", ".111.", ".111.")


def overfitting_and_early_stopping() -> Drawing:
    """The training loss falls on; the validation loss turns, and there the weights are kept."""
    left, right, floor = 46.0, 520.0, 226.0

    def training(x: float) -> float:
        return floor - 14 - 176 * exp(-(x - left) / 105)

    def validation(x: float) -> float:
        return training(x) - 14 - 0.00052 * (x - left) ** 2

    xs = [left + 4 * i for i in range(int((right - left) / 4) + 1)]
    best = max(xs, key=validation)
    stop = best + 100
    parts = [
        edge((left, floor), (right + 24, floor)),
        text(right + 22, floor + 24, "epoch", anchor="end"),
        edge((left, floor), (left, 14)),
        text(left + 10, 26, "loss", anchor="start"),
        path([(x, training(x)) for x in xs], color=FORWARD, width=3),
        text(right + 6, training(right) - 10, "training", anchor="end"),
        path([(x, validation(x)) for x in xs], color=BACKWARD, width=3, dashed=True),
        text(right - 12, validation(right) - 4, "validation", anchor="end"),
        edge((best, validation(best) + 12), (best, floor), faint=True, head=False),
        edge((stop, validation(stop) + 8), (stop, floor), faint=True, head=False),
        dot((best, validation(best))),
        text(best, validation(best) - 40, "lowest:", weight=600),
        text(best, validation(best) - 20, "keep these weights", weight=600),
        text((best + stop) / 2, floor + 24, "wait"),
        text(stop + 6, floor + 24, "stop", anchor="start"),
    ]
    return Drawing(
        tuple(parts),
        width=560,
        height=258,
        alt="Two curves of the loss over the epochs. The training loss falls all the time. The validation loss falls, "
        "has its lowest point and rises again. Early stopping waits for some epochs after the lowest point, stops, "
        "and keeps the weights of the lowest point.",
    )


def weight_decay() -> Drawing:
    """Left: each step takes the same share off every weight. Right: the price moves the lowest point towards 0."""
    zero, unit, line = 106.0, 62.0, 150.0
    parts = [
        text(140, 22, "the pull of the price", weight=600),
        edge((20, line), (262, line), head=False),
        edge((zero, line - 58), (zero, line + 10), faint=True, head=False),
        text(zero, line + 30, "0"),
    ]
    for weight in (-1.0, 0.5, 2.0):
        old, new = zero + unit * weight, zero + unit * weight * 0.5
        parts += [
            dot((old, line)),
            edge((old, line - 24), (new, line - 24), color=BACKWARD, width=3),
            text(old, line + 30, f"{weight:g}".replace("-", "−")),
        ]
    parts.append(text(140, line + 62, "large weights are pulled hardest"))
    left, floor, wide = 306.0, 196.0, 52.0

    def at(w: float, loss: float) -> Point:
        return left + 34 + wide * w, floor - 4 - loss

    ws = [-0.5 + 0.1 * i for i in range(43)]
    data = [at(w, 10 + 34 * (w - 2.4) ** 2) for w in ws]
    price = [at(w, 16 * w * w) for w in ws]
    both = [at(w, 10 + 34 * (w - 2.4) ** 2 + 16 * w * w) for w in ws]
    lowest = 34 * 2.4 / 50
    parts += [
        text(430, 22, "the lowest point moves", weight=600),
        edge((left, floor), (556, floor)),
        text(554, floor + 22, "weight w", anchor="end"),
        text(left + 34, floor + 22, "0"),
        edge((left + 34, floor), (left + 34, 40), faint=True, head=False),
        path([p for p in data if p[1] > 40], color=FORWARD, width=3),
        path([p for p in price if p[1] > 40], faint=True, width=2.5),
        path([p for p in both if p[1] > 40], color=BACKWARD, width=3, dashed=True),
        dot(at(2.4, 10), hollow=True),
        dot(at(lowest, 10 + 34 * (lowest - 2.4) ** 2 + 16 * lowest**2)),
        text(556, at(0, 90)[1], "data", anchor="end"),
        text(at(1.1, 0)[0], at(0, 134)[1], "both", anchor="start"),
        text(at(0.5, 0)[0], at(0, 26)[1], "price"),
    ]
    return Drawing(
        tuple(parts),
        width=560,
        height=232,
        alt="Left: three weights, −1, 0.5 and 2, on a line. An arrow pulls each towards 0, and its length is in "
        "proportion to the weight. Right: the loss over one weight. By the data alone it is lowest at a large weight. "
        "The price grows with the square of the weight. Their sum is lowest in between, closer to 0.",
    )


def dropout_mask() -> Drawing:
    """Four values through dropout of rate 0.5: two masks in training, none in prediction."""
    values, heights = (1, 2, 3, 4), (62, 106, 150, 194)
    panels = [
        ("training, one image", (True, False, True, False), 2),
        ("training, the next", (False, False, True, True), 2),
        ("prediction", (True, True, True, True), 1),
    ]
    parts = []
    for number, (title, mask, factor) in enumerate(panels):
        x = 44.0 + 194 * number
        parts.append(text(x + 50, 24, title, weight=600))
        for value, y, kept in zip(values, heights, mask, strict=True):
            parts += [node((x, y), str(value)), node((x + 100, y), str(value * factor * kept))]
            if kept:
                parts.append(edge((x + 18, y), (x + 82, y), color=FORWARD, width=2.5))
                if factor > 1:
                    parts.append(text(x + 48, y - 7, f"× {factor}", size=15))
            else:
                parts += _cross((x + 50, y))
    return Drawing(
        tuple(parts),
        width=560,
        height=224,
        alt="Four values, 1, 2, 3, 4, go through dropout with rate 0.5. Training, one image: the second and the fourth "
        "are cut, the others doubled, which gives 2, 0, 6, 0. Training, the next image: another mask gives 0, 0, 6, 8. "
        "Prediction: nothing is cut and nothing doubled.",
    )


def batch_norm_axes() -> Drawing:
    """Left: what one mean is taken over. Right: whose mean is used, in training and in prediction."""
    parts = [text(138, 22, "one mean for each channel", weight=600)]
    for column in range(3):
        x = 84.0 + 62 * column
        parts.append(text(x + 21, 52, f"{column + 1}", size=15))
        for row in range(3):
            parts += grid(
                (x, 62.0 + 54 * row), 3, 3, 14, color=FORWARD if column == 0 else INK, faint=column > 0
            )
    parts += [
        *(text(70, 88 + 54 * row, f"image {row + 1}", anchor="end", size=15) for row in range(3)),
        rect((77, 55), 56, 164, color=FORWARD, stroke=2.5, rounded=8),
        text(138, 242, "over all images and all places"),
        text(424, 22, "two modes", weight=600),
        text(306, 60, "training", anchor="start"),
        box((306, 70), 128, 48),
        text(370, 100, "this batch"),
        edge((434, 94), (474, 94), color=FORWARD, width=2.5),
        text(480, 90, "− mean,", anchor="start", size=15),
        text(480, 110, "/ deviation", anchor="start", size=15),
        edge((370, 118), (370, 168)),
        text(382, 148, "a little, each step", anchor="start", size=15),
        box((306, 168), 128, 48),
        text(370, 198, "moving av."),
        edge((434, 192), (474, 192), color=FORWARD, width=2.5),
        text(480, 188, "− mean,", anchor="start", size=15),
        text(480, 208, "/ deviation", anchor="start", size=15),
        text(306, 240, "prediction", anchor="start"),
    ]
    return Drawing(
        tuple(parts),
        width=560,
        height=256,
        alt="Left: a batch of three images with three channels each. One mean and one deviation belong to one "
        "channel, over all images of the batch and all places of the map. Right: in training the mean and the "
        "deviation of this batch are used, and a little of them goes into moving averages at each step. Prediction "
        "uses the moving averages.",
    )


def shifted_copies() -> Drawing:
    """A shirt of pixels and three shifted copies: other numbers, the same label."""
    panels = [
        ("the image", 0, 0),
        ("one to the right", 1, 0),
        ("one up, one left", -1, -1),
        ("one down", 0, 1),
    ]
    parts = []
    for number, (title, across, down) in enumerate(panels):
        left, top, size = 8.0 + 142 * number, 36.0, 12.0
        parts += [text(left + 54, 22, title, size=15), box((left, top), 9 * size, 9 * size)]
        parts += [
            rect(
                (left + size * (2 + across + x), top + size * (2 + down + y)),
                size,
                fill=FORWARD,
                stroke=0,
                shade=0.7 if number else 1,
            )
            for y, row in enumerate(_SHIRT)
            for x, cell in enumerate(row)
            if cell == "1"
        ]
        parts.append(text(left + 54, 170, "shirt", weight=600))
    return Drawing(
        tuple(parts),
        width=560,
        height=184,
        alt="A shirt drawn in coarse pixels, and three copies of it: shifted one pixel to the right, one up and one "
        "left, one down. All four carry the label shirt.",
    )


def _cross(at: Point) -> list[str]:
    x, y = at
    return [
        path([(x - 8, y - 8), (x + 8, y + 8)], color=BACKWARD, width=3),
        path([(x - 8, y + 8), (x + 8, y - 8)], color=BACKWARD, width=3),
    ]
