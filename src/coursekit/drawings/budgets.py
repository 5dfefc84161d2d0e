"""Drawings for the challenge: what a layer costs, a schedule by the clock, test leaks, a residual block."""

from coursekit.drawings.svg import BACKWARD, FORWARD, Drawing, Point, box, edge, grid, node, path, rect, text


def two_prices() -> Drawing:
    """A kernel is paid for once in parameters, and at each place of its map in multiplications."""
    parts = [
        text(280, 24, "one kernel", weight=600),
        *grid((244, 64), 3, 3, 24, color=FORWARD),
        text(280, 190, "9 weights,"),
        text(280, 210, "bought once"),
    ]
    for left, cells, said in ((34, 8, "64 places: 576"), (430, 4, "16 places: 144")):
        size, top = 15, 44 + (8 - cells) * 7.5
        middle = left + cells * size / 2
        parts += [
            text(middle, 24, "a large map" if cells == 8 else "a small map", weight=600),
            *grid((left, top), cells, cells, size),
            *(
                rect((left + size * column + 5, top + size * row + 5), size - 10, fill=FORWARD, stroke=0)
                for row in range(cells)
                for column in range(cells)
            ),
            text(middle, 190, said),
            text(middle, 210, "multiplications"),
        ]
    parts += [edge((232, 100), (166, 100), color=FORWARD), text(200, 90, "used", size=15)]
    parts += [edge((328, 100), (418, 100), color=FORWARD), text(372, 90, "used", size=15)]
    return Drawing(
        tuple(parts),
        width=560,
        height=222,
        alt="A kernel of 3 by 3 has 9 weights, bought once. It is used at each place of a map. On a map of 8 by 8 that "
        "is 64 places and 576 multiplications, on a map of 4 by 4 it is 16 places and 144 multiplications. The "
        "parameters are the same, the arithmetic is four times as much.",
    )


def schedule_by_clock() -> Drawing:
    """The learning rate on a fast and a slow machine: planned in updates, and planned in shares of the time."""
    parts = []
    for left, title in ((20, "planned in updates"), (320, "planned by the clock")):
        zero, end, floor = left + 10, left + 210, 190
        parts += [
            text(left + 120, 22, title, weight=600),
            edge((zero, floor), (left + 252, floor)),
            edge((zero, floor), (zero, 40)),
            text(zero + 8, 52, "rate", anchor="start", size=15),
            text(left + 252, floor - 8, "time", anchor="end", size=15),
            path([(end, 62), (end, floor + 6)], faint=True),
            text(end, floor + 20, "time is up", size=15, anchor="end"),
        ]
        if left == 20:
            parts += [
                path([(zero, floor), (zero + 20, 80), (zero + 100, floor)], color=FORWARD, width=3),
                path([(zero, floor), (zero + 120, 80), (end, 100.6)], color=BACKWARD, width=3, dashed=True),
                text(zero + 104, floor - 10, "idle", anchor="start", size=15),
                text(end + 6, 98, "cut off", anchor="start", size=15),
            ]
        else:
            parts += [
                path([(zero, floor), (zero + 40, 80), (end, floor)], color=FORWARD, width=3),
                path([(zero, floor), (zero + 40, 80), (end, floor)], color=BACKWARD, width=3, dashed=True),
                text(zero + 118, 72, "both come", size=15, anchor="start"),
                text(zero + 118, 90, "to rest", size=15, anchor="start"),
            ]
    parts += [
        edge((130, 240), (168, 240), color=FORWARD, width=3, head=False),
        text(176, 246, "fast machine", anchor="start"),
        path([(330, 240), (368, 240)], color=BACKWARD, width=3, dashed=True),
        text(376, 246, "slow machine", anchor="start"),
    ]
    return Drawing(
        tuple(parts),
        width=600,
        height=256,
        alt="The learning rate over time, up to a peak and down to 0. Planned in updates, the fast machine is through "
        "after half of the time and then stands idle, and the slow one is cut off near the peak. Planned by the clock, "
        "both machines follow the same curve and end at 0 when the time is up.",
    )


def what_a_test_leaks() -> Drawing:
    """Three ways from public test images into an entry, and what catches each of them."""
    parts = [*_card((14, 100), 130, ["public", "test images"])]
    rows = (
        (20, ["a table of", "their bytes"], ["caught by", "changed copies"]),
        (100, ["training", "on them"], ["caught by readers", "of the code"]),
        (180, ["choosing by the", "score, many times"], ["shown by", "new images"]),
    )
    for top, way, caught in rows:
        parts += [
            edge((144, 130), (214, top + 30), color=BACKWARD, width=2),
            *_card((216, top), 176, way),
            edge((392, top + 30), (432, top + 30)),
            text(440, top + 26, caught[0], anchor="start"),
            text(440, top + 47, caught[1], anchor="start"),
        ]
    return Drawing(
        tuple(parts),
        width=600,
        height=256,
        alt="Three ways from public test images into an entry. A table of their bytes is caught by changed copies of "
        "the images. Training on them is caught by readers of the code. Choosing by the score, many times, is shown "
        "only by new images.",
    )


def residual_block() -> Drawing:
    """A plain pair of convolutions, and a residual block, which adds its input to what they compute."""
    parts: list[str] = []
    for top, title in ((0, "a plain pair of layers"), (112, "a residual block")):
        y, residual = top + 66 + 50 * (top > 0), top > 0
        parts += [
            text(20, top + 24, title, anchor="start", weight=600),
            node((38, y), "x"),
            edge((56, y), (96, y), color=FORWARD),
            *_card((98, y - 22), 104, ["layer, ReLU"], 44),
            edge((202, y), (238, y), color=FORWARD),
            *_card((240, y - 22), 84, ["layer"], 44),
        ]
        if residual:
            parts += [
                edge((324, y), (382, y), color=FORWARD),
                text(352, y + 22, "F(x)", size=15),
                path([(38, y - 18), (38, y - 54), (400, y - 54)], color=BACKWARD, width=2.5, dashed=True),
                edge((400, y - 54), (400, y - 20), color=BACKWARD, width=2.5),
                text(219, y - 62, "the input takes a short way", size=15),
                node((400, y), "+"),
                edge((418, y), (452, y), color=FORWARD),
            ]
        else:
            parts += [edge((324, y), (452, y), color=FORWARD)]
        parts += [
            *_card((454, y - 22), 64, ["ReLU"], 44),
            edge((518, y), (552, y), color=FORWARD),
            text(574, y + 6, "out"),
        ]
    return Drawing(
        tuple(parts),
        width=600,
        height=264,
        alt="Above, a plain pair of layers: x goes through a layer with ReLU, a second layer and ReLU. Below, "
        "a residual block: the same layers compute F(x), and the input x takes a short way around them and is added "
        "before the last ReLU. If F(x) is 0, a positive x passes unchanged.",
    )


def _card(corner: Point, width: float, said: list[str], height: float = 60) -> list[str]:
    """A box with one or two lines of text in it."""
    x, y = corner
    first = y + height / 2 + 6 - 10.5 * (len(said) - 1)
    return [
        box(corner, width, height),
        *(text(x + width / 2, first + 21 * k, line) for k, line in enumerate(said)),
    ]
