"""Drawings for colour photographs: channels, the push on units whose inputs are all positive, where against whether."""

from coursekit.drawings.svg import BACKWARD, FORWARD, Drawing, box, edge, grid, node, path, rect, text


def colour_image() -> Drawing:
    """A colour image as three channels of numbers, and one kernel that looks at all three."""
    corners = {"red": (76, 14), "green": (76, 102), "blue": (76, 190)}
    parts = []
    for name, (x, y) in corners.items():
        parts += [
            text(x - 12, y + 42, name, anchor="end"),
            *grid((x, y), 4, 4, 18),
            rect((x, y), 54, color=FORWARD, stroke=3),
        ]
        parts += [edge((x + 84, y + 27), (282, 130 + (y - 102) / 8), color=FORWARD)]
    parts += [
        text(112, 288, "3 channels"),
        node((304, 130), "Σ", radius=22),
        text(304, 180, "27 products"),
        text(304, 200, "and a bias"),
        edge((326, 130), (424, 130), color=FORWARD),
        *grid((432, 94), 4, 4, 18),
        rect((432, 94), 18, color=FORWARD, stroke=3),
        text(468, 196, "one map: how much"),
        text(468, 216, "the kernel finds"),
        text(468, 236, "at each place"),
    ]
    return Drawing(
        tuple(parts),
        width=560,
        height=298,
        alt="Left: a colour image as three sheets of numbers, red, green and blue. The same window of 3 by 3 is marked "
        "on all three. Its 27 numbers, each times a weight, are summed with a bias and become a "
        "single number of the map on the right. So a kernel of a colour image has a depth of three, and gives one map.",
    )


def one_way_push() -> Drawing:
    """What a step does to a unit's sums over all images: positive inputs move them together, centred ones apart."""
    parts = []
    for left, title, after, said in (
        (
            20,
            "pixels all above 0",
            [-118, -106, -94, -82],
            ("the whole band moves,", "and may leave for good"),
        ),
        (330, "pixels around 0", [-46, -12, 30, 66], ("the band widens in place:", "images are told apart")),
    ):
        zero = left + 150
        parts += [text(left + 135, 22, title, weight=600)]
        for y, spots, when in ((70, [-18, -6, 8, 20], "before"), (140, after, "after a step")):
            parts += [
                edge((left, y), (left + 262, y), faint=True),
                path([(zero, y - 12), (zero, y + 12)], width=2),
            ]
            parts += [_spot(zero + at, y, alive=at > 0) for at in spots]
            parts += [text(left + 262, y - 16, when, anchor="end", size=15)]
        parts += [
            text(zero, 172, "0"),
            text(left + 60, 172, "silent", size=15),
            text(left + 222, 172, "answers", size=15),
        ]
        parts += [text(left + 135, 202, said[0]), text(left + 135, 222, said[1])]
    return Drawing(
        tuple(parts),
        width=600,
        height=232,
        alt="The weighted sums of one unit for four images, as dots on a line with 0 in the middle; left of 0 the unit "
        "is silent. With pixels that are all above 0, a step moves all four dots the same way, here far to the left: "
        "the unit is silent for every image and stays so. With pixels around 0, the dots move apart and stay on both "
        "sides of 0.",
    )


def where_or_whether() -> Drawing:
    """A flat row keeps a weight for each place of a map; a global average keeps one number a map."""
    parts = []
    for top, title, result in (
        (36, "flatten: a weight for each place", [str(n) for n in (0, 0, 0, 0, 0, 9, 0, 0, 0)]),
        (166, "global average: one number a map", ["1"]),
    ):
        parts += [text(24, top - 12, title, anchor="start", weight=600), *grid((24, top), 3, 3, 28)]
        parts += [
            text(24 + 2.5 * 28, top + 1.5 * 28 + 6, "9"),
            edge((124, top + 42), (190, top + 42), color=FORWARD),
        ]
        for k, number in enumerate(result):
            parts += [box((196 + 30 * k, top + 27), 30, 30), text(211 + 30 * k, top + 48, number, size=16)]
    parts += [
        text(480, 70, "knows where", anchor="start"),
        text(480, 92, "the pattern is", anchor="start"),
        text(260, 200, "knows that it is there,", anchor="start"),
        text(260, 222, "wherever it stands", anchor="start"),
    ]
    return Drawing(
        tuple(parts),
        width=600,
        height=262,
        alt="Above: a map of 3 by 3 numbers with a 9 at one place is written out as a row of nine numbers; the layer "
        "behind has a weight for each place, so it knows where the pattern is. Below: the mean of the same map is the "
        "single number 1; the layer behind knows that the pattern is there, wherever it stands.",
    )


def _spot(x: float, y: float, *, alive: bool) -> str:
    fill = FORWARD if alive else BACKWARD
    return f'<circle cx="{x:g}" cy="{y:g}" r="6" fill="{fill}" stroke="{fill}" stroke-width="1"/>'
