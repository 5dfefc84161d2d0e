"""Drawings of what a convolutional layer does: the sliding kernel, its places, channels, the pooling window."""

from collections.abc import Sequence

from coursekit.drawings.svg import FORWARD, Drawing, Point, edge, grid, node, number, rect, text

_IMAGE = ((0, 0, 0, 0, 0), (0, 1, 1, 1, 0), (0, 0, 0, 1, 0), (0, 0, 1, 0, 0), (0, 0, 1, 0, 0))
_KERNEL = ((1, 1, 1), (0, 0, 0), (-1, -1, -1))
_POOLED = ((1, 0, 2, 3), (4, 6, 6, 8), (3, 1, 1, 0), (1, 2, 2, 4))


def sliding_kernel() -> Drawing:
    """A kernel on a patch of a small image, and the one number of the feature map that comes of it."""
    size, top = 38, 48
    image, kernel, maps = (4, top), (266, top + size), (482, top + size)
    sums = [
        [
            sum(_IMAGE[row + i][column + j] * _KERNEL[i][j] for i in range(3) for j in range(3))
            for column in range(3)
        ]
        for row in range(3)
    ]
    parts = [
        text(99, 28, "image, 5 × 5", weight=600),
        rect((image[0] + size, top + size), 3 * size, 3 * size, fill=FORWARD, shade=0.2, stroke=0),
        *_table(image, _IMAGE, size),
        rect((image[0] + size, top + size), 3 * size, 3 * size, color=FORWARD, stroke=3),
        text(230, top + 2.5 * size + 8, "×", size=26),
        text(323, top + size - 20, "kernel, 3 × 3", weight=600),
        *_table(kernel, _KERNEL, size),
        rect(kernel, 3 * size, 3 * size, color=FORWARD, stroke=3),
        edge((394, top + 2.5 * size), (468, top + 2.5 * size), color=FORWARD, width=2.5),
        text(430, top + 2.5 * size - 12, "add up"),
        text(539, top + size - 20, "feature map", weight=600),
        rect((maps[0] + size, maps[1] + size), size, size, fill=FORWARD, shade=0.2, stroke=0),
        *_table(maps, sums, size),
        rect((maps[0] + size, maps[1] + size), size, size, color=FORWARD, stroke=3),
        edge((134, top + 5 * size + 22), (176, top + 5 * size + 22), color=FORWARD),
        text(126, top + 5 * size + 28, "then slide on", anchor="end"),
        text(430, top + 5 * size + 28, f"1 + 1 + 1 + 0 + 0 + 0 − 0 − 1 − 0 = {number(sums[1][1])}"),
    ]
    return Drawing(
        tuple(parts),
        width=624,
        height=280,
        alt="An image of 5 by 5 numbers. A kernel of 3 by 3 weights, 1 in its upper row, 0 in its middle row and −1 in "
        "its lower row, lies on the patch in the middle. Each of the nine pixels is multiplied by the weight on top of "
        f"it; the nine products add up to {number(sums[1][1])}. It stands in the middle of the feature map "
        "of 3 by 3 numbers, one for each place to which the kernel can slide.",
    )


def padding_and_stride() -> Drawing:
    """The places of a 3 x 3 kernel on 5 x 5 pixels: without padding, with padding, and with stride 2."""
    size, top, left = 24, 86, (32, 232, 432)
    heads = (("no padding", "stride 1"), ("padding “same”", "stride 1"), ("no padding", "stride 2"))
    places = (range(1, 4), range(5), range(1, 4, 2))
    parts = []
    for x, (padding, stride), dots in zip(left, heads, places, strict=True):
        middle, first = x + 2.5 * size, dots[0] - 1
        parts += [text(middle, 22, padding, weight=600), text(middle, 42, stride, weight=600)]
        if first < 0:
            parts += _zeros((x - size, top - size), 7, size)
        parts += [
            rect(
                (x + first * size, top + first * size), 3 * size, 3 * size, fill=FORWARD, shade=0.2, stroke=0
            ),
            *grid((x, top), 5, 5, size),
            rect((x + first * size, top + first * size), 3 * size, 3 * size, color=FORWARD, stroke=3),
            *(_dot((x + (j + 0.5) * size, top + (i + 0.5) * size)) for i in dots for j in dots),
            text(middle, top + 5 * size + 48, f"{len(dots)} × {len(dots)} numbers out"),
        ]
    return Drawing(
        tuple(parts),
        width=576,
        height=264,
        alt="Three images of 5 by 5 pixels with a kernel of 3 by 3, and a dot wherever the middle of the kernel can "
        "stand. Without padding and with stride 1 these are the 3 by 3 inner pixels. With padding “same”, a frame of "
        "zeros around the image, they are all 5 by 5 pixels. Without padding and with stride 2 they are every second "
        "of the inner pixels: 2 by 2.",
    )


def channels_in_and_out() -> Drawing:
    """Two channels in, three filters, three maps out: a kernel for each pair of them, a bias for each filter."""
    columns, rows = (162, 264), (144, 220, 296)
    parts = [text(56, 38, "2 channels", weight=600), text(56, 58, "come in", weight=600)]
    for c, x in enumerate(columns):
        parts += [rect((x - 40, 12), 80, 60), text(x, 48, f"channel {c + 1}", size=15)]
        parts += [edge((x, 72), (x, 108), color=FORWARD)]
    for r, y in enumerate(rows):
        parts += [text(56, y + 6, f"filter {r + 1}", weight=600)]
        for x in columns:
            parts += grid((x - 27, y - 27), 3, 3, 18)
        parts += [
            text((columns[0] + columns[1]) / 2, y + 7, "+", size=22),
            text(306, y + 7, "+", size=22),
            node((338, y), f"b{'₁₂₃'[r]}"),
            edge((356, y), (384, y), color=FORWARD),
            rect((384, y - 18), 52, 36),
            text(410, y + 6, "relu"),
            edge((436, y), (466, y), color=FORWARD),
            rect((466, y - 30), 60),
            text(496, y + 6, f"map {r + 1}", size=15),
        ]
    parts += [
        text(496, 80, "3 maps", weight=600),
        text(496, 100, "go out", weight=600),
        text(272, 356, "a filter: 2 kernels · 9 weights + 1 bias = 19 parameters"),
        text(272, 380, "the layer: 3 filters · 19 = 57 parameters"),
    ]
    return Drawing(
        tuple(parts),
        width=544,
        height=392,
        alt="A table of kernels. Two channels come in from above, one for each column. There are three rows, one for "
        "each filter. Each filter has a kernel of 3 by 3 weights for each channel; what the two kernels give is added "
        "up, a bias is added, relu is applied, and one map goes out. So three filters give three maps. A filter has 2 "
        "times 9 weights and 1 bias, which are 19 parameters, and the layer has 3 times 19, which are 57.",
    )


def pooling_window() -> Drawing:
    """Max pooling: the largest number of each square of 2 x 2."""
    size, top, image, pooled = 42, 44, 60, 390
    largest = [
        [max(_POOLED[2 * i + a][2 * j + b] for a in (0, 1) for b in (0, 1)) for j in (0, 1)] for i in (0, 1)
    ]
    parts = [text(image + 2 * size, 26, "map, 4 × 4", weight=600)]
    for i in (0, 1):
        for j in (0, 1):
            corner = (image + 2 * j * size, top + 2 * i * size)
            goal = (pooled + j * size, top + size + i * size)
            parts += (
                [
                    rect(corner, 2 * size, 2 * size, fill=FORWARD, shade=0.2, stroke=0),
                    rect(goal, size, size, fill=FORWARD, shade=0.2, stroke=0),
                ]
                if i == j
                else []
            )
    for i, row in enumerate(_POOLED):
        for j, value in enumerate(row):
            if value == largest[i // 2][j // 2] and value not in row[j // 2 * 2 : j]:
                at = (image + (j + 0.5) * size, top + (i + 0.5) * size)
                parts.append(node(at, "", radius=15, color=FORWARD))
    parts += [
        *_table((image, top), _POOLED, size),
        *(
            rect((image + 2 * j * size, top + 2 * i * size), 2 * size, 2 * size, color=FORWARD, stroke=3)
            for i in (0, 1)
            for j in (0, 1)
        ),
        edge((250, top + 2 * size), (366, top + 2 * size), color=FORWARD, width=2.5),
        text(308, top + 2 * size - 14, "the largest"),
        text(308, top + 2 * size + 26, "of each square"),
        text(pooled + size, top + size - 18, "pooled, 2 × 2", weight=600),
        *_table((pooled, top + size), largest, size),
        rect((pooled, top + size), 2 * size, 2 * size, color=FORWARD, stroke=3),
    ]
    said = ", ".join(number(value) for row in largest for value in row)
    return Drawing(
        tuple(parts),
        width=520,
        height=226,
        alt="A map of 4 by 4 numbers is cut into four squares of 2 by 2. Of each square only the largest number is "
        f"kept, in its place. What is left is a map of 2 by 2 numbers: {said}.",
    )


def _table(corner: Point, values: Sequence[Sequence[float]], size: float) -> list[str]:
    """A grid with a number in each cell."""
    x, y = corner
    told = [
        text(x + (j + 0.5) * size, y + (i + 0.5) * size + 6, number(value))
        for i, row in enumerate(values)
        for j, value in enumerate(row)
    ]
    return [*grid(corner, len(values), len(values[0]), size), *told]


def _zeros(corner: Point, cells: int, size: float) -> list[str]:
    """A frame of zeros, one cell wide, with a dashed border."""
    x, y = corner
    around = [(i, j) for i in range(cells) for j in range(cells) if {i, j} & {0, cells - 1}]
    return [
        rect(corner, cells * size, stroke=1, dashed=True),
        *(text(x + (j + 0.5) * size, y + (i + 0.5) * size + 4, "0", size=12) for i, j in around),
    ]


def _dot(at: Point) -> str:
    return f'<circle cx="{at[0]:g}" cy="{at[1]:g}" r="4.5" fill="{FORWARD}" stroke="none"/>'
