"""Drawings of the design of a CNN: shrinking maps, where parameters sit, the rim of an image, a silent filter."""

from coursekit.drawings.svg import (
    BACKWARD,
    FORWARD,
    INK,
    Drawing,
    Point,
    edge,
    node,
    number,
    path,
    rect,
    text,
)


def shrinking_maps() -> Drawing:
    """A row of seven pixels under four kinds of window; below, the maps of a whole network, to scale."""
    windows: list[tuple[str, str, int, list[int]]] = [
        ("kernel 3", "valid", 3, [0, 1, 2, 3, 4]),
        ("kernel 3", "padded", 3, [-1, 0, 1, 2, 3, 4, 5]),
        ("kernel 3", "stride 2", 3, [0, 2, 4]),
        ("pooling 2", "", 2, [0, 2, 4]),
    ]
    parts = []
    for (name, how, size, starts), left in zip(windows, (8, 166, 324, 482), strict=True):
        parts += [
            text(left + 66, 20, name, weight=600, size=16),
            text(left + 66, 40, how or "the last pixel drops out", size=16 if how else 13),
            *_row(left, 52, size, starts),
            text(left + 66, 148, f"7 → {len(starts)}", size=16),
        ]
    sides = (28, 20, 10, 8, 4, 2)
    between = ("kernel 9", "pooling 2", "kernel 3", "pooling 2", "kernel 3")
    parts.append(text(8, 190, "A whole network, to scale", anchor="start", weight=600, size=16))
    x, middle = 8.0, 250.0
    for place, side in enumerate(sides):
        drawn = 3.1 * side
        parts += [
            rect((x, middle - drawn / 2), drawn, drawn, fill=FORWARD, shade=0.25, stroke=1),
            text(x + drawn / 2, middle + drawn / 2 + 20, f"{side}", size=16),
        ]
        x += drawn
        if place < len(between):
            parts += [
                edge((x + 8, middle), (x + 72, middle), color=FORWARD),
                text(x + 39, middle - 12, between[place], size=13),
            ]
            x += 80
    return Drawing(
        tuple(parts),
        width=632,
        height=324,
        alt="Above: a row of seven pixels. A kernel of 3, valid, stands in 5 places; padded with one empty pixel on "
        "each side, in 7; with a stride of 2, in 3; a pooling of 2 makes 3 numbers and drops the seventh pixel. Below: "
        "the sides of the maps of a network, 28 pixels, 20 after a kernel of 9, 10 after a pooling of 2, 8 after a "
        "kernel of 3, 4 after a pooling of 2, 2 after a kernel of 3.",
    )


def where_parameters_sit() -> Drawing:
    """Two networks as chains of layers; under each layer a square as large as its number of parameters."""
    networks = (
        ("one convolution of 3 × 3 (C4)", (("13 × 13", 320), ("row 5 408", 540_900), ("10", 1_010))),
        ("three convolutions (C10)", (("2 × 2", 21_120), ("row 128", 12_900), ("10", 1_010))),
    )
    parts = []
    for (name, steps), top in zip(networks, (20.0, 184.0), strict=True):
        level, leaves = top + 62, 54.0
        parts += [text(8, top, name, anchor="start", weight=600), node((30, level), "28²", radius=22)]
        for (said, count), enters in zip(steps, (196.0, 408.0, 590.0), strict=True):
            middle, half = (leaves + enters) / 2, 45 * (count / 540_900) ** 0.5
            parts += [
                edge((leaves, level), (middle - half, level), faint=True, head=False),
                edge((middle + half, level), (enters, level), faint=True),
                rect((middle - half, level - half), 2 * half, 2 * half, fill=FORWARD, shade=0.55, stroke=1),
                text(middle, level + 64, _thousands(count), size=16),
            ]
            parts += (
                [text(enters + 46, level + 6, said, size=15)] if said != "10" else [node((608, level), said)]
            )
            leaves = enters + 92
    for x, said in zip(
        (125, 348, 545), ("convolutions", "flat row to 100 units", "100 units to 10"), strict=True
    ):
        parts.append(text(x, 338, said, size=15))
    return Drawing(
        tuple(parts),
        width=630,
        height=350,
        alt="Two networks; a square under each step has an area in proportion to its parameters. C4, with one "
        "convolution of 3 x 3: 320 in the convolution, 540 900 from the flat row of 5 408 numbers to 100 units, 1 010 "
        "from there to the ten outputs. C10, with three convolutions: 21 120 in the convolutions, 12 900 from the flat "
        "row of 128 numbers to 100 units, 1 010 to the outputs.",
    )


def looks_at_the_rim() -> Drawing:
    """How many places of a 3 x 3 kernel look at each pixel of a 5 x 5 image: valid, and with a padded rim."""
    looks = {0: (1, 2, 3, 2, 1), 1: (2, 3, 3, 3, 2)}  # along one side; the looks at a pixel are a product
    side, parts = 34.0, []
    for padding, (name, left, along) in enumerate(
        (("valid: 9 places", 46.0, looks[0]), ("padded: 25 places", 360.0, looks[1]))
    ):
        parts.append(text(left + 2.5 * side, 22, name, weight=600))
        if padding:
            rim = [
                (left - side, 42.0),
                (left + 6 * side, 42.0),
                (left + 6 * side, 280.0),
                (left - side, 280.0),
            ]
            parts.append(path([*rim, rim[0]], dashed=True))
            parts += [
                text(left + (column + 0.5) * side, 42 + (row + 0.5) * side + 6, "0", size=15)
                for row in range(7)
                for column in range(-1, 6)
                if row in (0, 6) or column in (-1, 5)
            ]
        for row, up in enumerate(along):
            for column, across in enumerate(along):
                corner = (left + column * side, 76 + row * side)
                parts.append(rect(corner, side, side, fill=FORWARD, shade=0.5 * up * across / 9, stroke=1))
                parts.append(text(corner[0] + side / 2, corner[1] + 23, f"{up * across}", size=16))
        start = left - side * padding, 76 - side * padding
        far = start[0] + 3 * side, start[1] + 3 * side
        frame = [start, (far[0], start[1]), far, (start[0], far[1]), start]
        parts.append(path(frame, width=3.5))
    parts.append(text(131, 300, "frame: the first place", size=15))
    return Drawing(
        tuple(parts),
        width=600,
        height=308,
        alt="Two images of 5 x 5 pixels; each pixel holds the number of places of a 3 x 3 kernel that look at it. "
        "Valid, with 9 places: 1 in the corners, 3 in the middle of an edge, 9 in the centre. With a padded rim of "
        "zeros, and 25 places: 4 in the corners, 6 on the edges, 9 everywhere inside. A frame marks the first place.",
    )


def born_silent() -> Drawing:
    """The same three pixels through a single filter with a weight above 0, and with one below 0."""
    pixels = (0.0, 0.4, 1.0)
    parts = [
        text(x, 20, said, weight=600, size=16)
        for x, said in ((40, "pixels"), (178, "sum"), (316, "after ReLU"), (480, "what comes back"))
    ]
    for weight, top in ((0.5, 36.0), (-0.5, 212.0)):
        sums = [weight * pixel for pixel in pixels]
        for row, (pixel, total) in enumerate(zip(pixels, sums, strict=True)):
            y = top + 26 + 52 * row
            parts += [
                node((40, y), number(pixel), radius=20),
                edge((62, y), (152, y), color=FORWARD),
                node((178, y), number(total), radius=23),
                edge((204, y), (290, y), color=FORWARD),
                node((316, y), number(max(0.0, total)), radius=23, color=FORWARD if total > 0 else INK),
            ]
            if total > 0:
                parts.append(_back((424, y), (344, y)))
        parts.append(text(108, top + 16, f"× {number(weight)}", size=16))
        said = (
            ("a slope for the weight:", "the filter learns")
            if weight > 0
            else ("no slope at all:", "the filter never moves")
        )
        parts += [
            text(436, top + 98 + 22 * line, words, anchor="start", size=16) for line, words in enumerate(said)
        ]
    return Drawing(
        tuple(parts),
        width=632,
        height=376,
        alt="A single filter of one weight looks at pixels of 0, 0.4 and 1. With the weight 0.5 the sums are 0, 0.2 "
        "and 0.5, ReLU lets them pass, a slope comes back where a sum is above 0, and the filter learns. With the "
        "weight −0.5 the sums are 0, −0.2 and −0.5, ReLU makes 0 of all, no slope comes back, and it never moves.",
    )


def _row(left: float, top: float, size: int, starts: list[int]) -> list[str]:
    """Seven pixels from `left`, the places of a window below them, and a number of the result for each."""
    step = 132 / 9
    first = left + step
    parts = [
        rect((first + step * place, top), step, step, fill=FORWARD, shade=0.25, stroke=1)
        for place in range(7)
    ]
    if starts[0] < 0:
        parts += [rect((first + step * place, top), step, dashed=True) for place in (-1, 7)]
    for line, start in enumerate(starts):
        y = top + step + 6 + 4 * line
        x = first + step * start
        parts.append(path([(x + 1, y), (x + step * size - 1, y)], color=FORWARD, width=2.2))
    width = step * len(starts)
    from_left = left + 66 - width / 2
    parts += [
        rect((from_left + step * n, top + 62), step, step, fill=FORWARD, shade=0.55, stroke=1)
        for n in range(len(starts))
    ]
    return parts


def _back(start: Point, end: Point) -> str:
    """A dashed arrow to the left."""
    return path([start, (end[0] + 6, end[1])], color=BACKWARD, width=2.2, dashed=True) + edge(
        (end[0] + 8, end[1]), end, color=BACKWARD, width=2.2
    )


def _thousands(count: int) -> str:
    return f"{count:,}".replace(",", " ")
