"""Drawings of how a convolutional network is read: kernels, activation maps, receptive fields, Grad-CAM."""

from collections.abc import Sequence

from coursekit.drawings.svg import BACKWARD, FORWARD, INK, Drawing, Point, dot, edge, node, number, rect, text

Table = Sequence[Sequence[float]]


def kernel_as_picture() -> Drawing:
    """A kernel of 3 x 3 weights in colours, and what it answers to three patches of an image."""
    kernel = [[1.0, 0.0, -1.0]] * 3
    patches = {
        "its own pattern": [[1.0, 0.0, 0.0]] * 3,
        "even": [[1.0, 1.0, 1.0]] * 3,
        "the reverse": [[0.0, 0.0, 1.0]] * 3,
    }
    parts = [
        text(66, 22, "the kernel", weight=600),
        *_cells((18, 40), kernel, 32, signed=True, told=True),
        text(66, 160, "blue: plus"),
        text(66, 182, "orange: minus"),
        text(357, 22, "three patches of an image, and the sum", weight=600),
    ]
    for n, (said, patch) in enumerate(patches.items()):
        left = 176 + 132 * n
        total = sum(w * p for ws, ps in zip(kernel, patch, strict=True) for w, p in zip(ws, ps, strict=True))
        parts += [
            *_cells((left, 40), patch, 32, signed=False, told=True),
            text(left + 48, 160, said),
            text(left + 48, 190, number(total) if total <= 0 else f"+{number(total)}", weight=600, size=22),
        ]
    return Drawing(
        tuple(parts),
        width=560,
        height=206,
        alt="A kernel with weights 1 in its left column, 0 in the middle and minus 1 on the right. Laid on a patch "
        "that is 1 on the left and 0 elsewhere, its own pattern, it sums to plus 3; on an even patch of ones to 0; "
        "on the reverse, 1 on the right only, to minus 3.",
    )


def activation_map() -> Drawing:
    """A window of the image becomes one number of the map, at the same place."""
    image, kernel = (20.0, 42.0), (250.0, 84.0)
    row, column = 1, 2
    parts = [
        text(104, 24, "image, 6 × 6", weight=600),
        *_cells(image, [[0.0] * 6] * 6, 28, signed=False),
        rect(
            (image[0] + 28 * column, image[1] + 28 * row),
            84,
            color=FORWARD,
            fill=FORWARD,
            shade=0.25,
            stroke=3,
        ),
        edge((image[0] + 28 * (column + 3) + 4, 112), (kernel[0] - 6, 112), color=FORWARD),
        text(kernel[0] + 42, 66, "times kernel"),
        *_cells(kernel, [[1.0, 0.0, -1.0]] * 3, 28, signed=True),
        text(kernel[0] + 42, 192, "add up,"),
        text(kernel[0] + 42, 214, "plus bias,"),
        text(kernel[0] + 42, 236, "then bend"),
        edge((kernel[0] + 90, 112), (404 + 28 * column - 4, 112), color=FORWARD),
        text(460, 24, "map, 4 × 4", weight=600),
        *_cells((404, 70), [[0.0] * 4] * 4, 28, signed=False),
        rect((404 + 28 * column, 70 + 28 * row), 28, color=FORWARD, fill=FORWARD, shade=0.25, stroke=3),
        text(460, 206, "row 1, column 2:"),
        text(460, 228, "the corner of"),
        text(460, 250, "the window"),
    ]
    return Drawing(
        tuple(parts),
        width=560,
        height=262,
        alt="An image of 6 by 6 pixels with a window of 3 by 3 whose upper left corner is in row 1, column 2, counted "
        "from 0. The window is multiplied by the kernel, added up, the bias is added, and the sum is bent. The "
        "result is the number in row 1, column 2 of a map of 4 by 4. Each place of the window gives one number.",
    )


def receptive_field_grows() -> Drawing:
    """One unit of the second convolution, and all that it sees below: 3 places, 6 places, 8 pixels."""
    heights = {"image": 214.0, "conv_1": 152.0, "pool_1": 90.0, "conv_2": 28.0}
    pixels = [206 + 44.0 * n for n in range(8)]
    first = [(a + b) / 2 for a, b in zip(pixels, pixels[2:], strict=False)]
    pooled = [(first[2 * n] + first[2 * n + 1]) / 2 for n in range(3)]
    rows = dict(zip(heights, (pixels, first, pooled, [pooled[1]]), strict=True))
    below = {
        "conv_1": [[n, n + 1, n + 2] for n in range(6)],
        "pool_1": [[2 * n, 2 * n + 1] for n in range(3)],
        "conv_2": [[0, 1, 2]],
    }
    sees = {"image": "8 pixels", "conv_1": "each sees 3", "pool_1": "each sees 4", "conv_2": "sees 8"}
    parts = []
    for lower, name in zip(heights, below, strict=False):
        for to, sources in zip(rows[name], below[name], strict=True):
            parts += [
                edge((rows[lower][n], heights[lower] - 9), (to, heights[name] + 9), faint=True, head=False)
                for n in sources
            ]
    for name, xs in rows.items():
        parts += [dot((x, heights[name]), hollow=name == "image") for x in xs]
        parts += [
            text(0, heights[name] + 6, name, anchor="start", weight=600),
            text(82, heights[name] + 6, sees[name], anchor="start"),
        ]
    return Drawing(
        tuple(parts),
        width=530,
        height=238,
        alt="A row of 8 pixels at the bottom, above it 6 units of conv_1, 3 of pool_1, and one unit of conv_2. Each "
        "unit of conv_1 is joined to 3 pixels in a row, each of pool_1 to 2 units of conv_1, so it sees 4 pixels; "
        "the unit of conv_2 is joined to 3 units of pool_1 and sees all 8 pixels.",
    )


def grad_cam_sum() -> Drawing:
    """Three maps, each times the slope of a class's logit, added up; what is below 0 is cut off."""
    maps = [
        [[0.0, 1.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]],
        [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]],
        [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 1.0]],
    ]
    slopes = [2.0, 1.0, -1.0]
    total = [
        [
            max(0.0, sum(slope * table[i][j] for slope, table in zip(slopes, maps, strict=True)))
            for j in range(3)
        ]
        for i in range(3)
    ]
    parts = [
        text(208, 24, "maps of one photograph, times slopes", weight=600),
        text(524, 24, "the sum", weight=600),
    ]
    for n, (table, slope) in enumerate(zip(maps, slopes, strict=True)):
        left = 4 + 156 * n
        parts += [
            node((left + 18, 92), number(slope), color=FORWARD if slope > 0 else BACKWARD),
            text(left + 46, 98, "·"),
            *_cells((left + 56, 56), table, 24, signed=False, told=True),
        ]
        if n:
            parts += [text(left - 13, 98, "+")]
    parts += [
        text(460, 98, "="),
        *_cells((482, 50), total, 28, signed=False, told=True),
        text(208, 160, "in circles: the slope of “horse” by each map"),
        text(524, 160, "below 0: cut"),
    ]
    return Drawing(
        tuple(parts),
        width=576,
        height=178,
        alt="Three small maps of one photograph. The first is times its slope 2, the second times 1, the third times "
        "minus 1; then they are added place by place, and what is below 0 becomes 0. The sum is largest, 3, at the "
        "upper right, where the first two maps are both on, and 0 where only the third one is on.",
    )


def _cells(corner: Point, values: Table, size: float, *, signed: bool, told: bool = False) -> list[str]:
    """A table of numbers as squares: signed in blue and orange, otherwise the more ink the larger; `told` in words."""
    most = max(abs(value) for row in values for value in row) or 1.0
    parts = []
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            x, y = corner[0] + j * size, corner[1] + i * size
            color = (FORWARD if value > 0 else BACKWARD) if signed else INK
            depth = (0.65 if signed else 0.4) * abs(value) / most
            parts.append(rect((x, y), size, fill=color, shade=depth, stroke=1))
            if told:
                parts.append(text(x + size / 2, y + size / 2 + 5, number(value), size=15))
    return parts
