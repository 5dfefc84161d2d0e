"""Drawings of how a network learns: units and layers, steps downhill, the chain rule."""

from coursekit.drawings.svg import (
    BACKWARD,
    FORWARD,
    INK,
    Drawing,
    Point,
    box,
    dot,
    edge,
    node,
    number,
    path,
    rect,
    text,
)


def neuron_and_layer() -> Drawing:
    """One unit with three inputs on the left; on the right a layer of four such units, the first one marked."""
    ys = (60, 130, 200)
    unit = [
        text(150, 22, "one unit", weight=600),
        *(edge((46, y), (128, 130), color=FORWARD) for y in ys),
        *(text(x, y, f"w{i}") for x, y, i in zip((98, 84, 98), (80, 122, 194), ("₁", "₂", "₃"), strict=True)),
        *(node((26, y), f"x{i}") for y, i in zip(ys, ("₁", "₂", "₃"), strict=True)),
        node((150, 130), "Σ", radius=22),
        edge((150, 190), (150, 153)),
        text(150, 209, "bias b"),
        edge((172, 130), (196, 130), color=FORWARD),
        box((196, 104), 52, 52),
        path([(204, 142), (222, 142), (240, 116)], color=FORWARD, width=3),
        text(222, 176, "bend"),
        edge((248, 130), (276, 130), color=FORWARD),
        text(288, 136, "h"),
    ]
    heights = (52, 104, 156, 208)
    layer = [
        text(450, 22, "a layer of four units", weight=600),
        *(edge((386, y), (494, to), faint=True, head=False) for y in ys for to in heights[1:]),
        *(edge((386, y), (494, heights[0]), color=FORWARD) for y in ys),
        *(node((366, y), f"x{i}") for y, i in zip(ys, ("₁", "₂", "₃"), strict=True)),
        *(
            node((514, y), f"h{i}", color=INK if n else FORWARD)
            for n, (y, i) in enumerate(zip(heights, ("₁", "₂", "₃", "₄"), strict=True))
        ),
    ]
    return Drawing(
        (*unit, *layer),
        width=560,
        height=234,
        alt="Left: three inputs x1, x2, x3, each times a weight w1, w2, w3, are summed with the bias b; the sum goes "
        "through a bend and becomes the output h. Right: a layer of four such units; every input is connected to "
        "every unit.",
    )


def two_layers_collapse() -> Drawing:
    """Two linear layers are one linear layer; with a bend between them they are not."""

    def row(y: float, boxes: list[tuple[float, float, str]], end: float) -> list[str]:
        starts, ends = [36.0, *(x + w for x, w, _ in boxes)], [*(x for x, _, _ in boxes), end - 18]
        return [
            node((18, y), "x"),
            *(edge((a, y), (b, y), color=FORWARD) for a, b in zip(starts, ends, strict=True)),
            *(box((x, y - 24), w, 48) for x, w, _ in boxes),
            *(text(x + w / 2, y + 6, said) for x, w, said in boxes if said),
            node((end, y), "y"),
        ]

    first, second = (60.0, 96.0, "· W₁ + b₁"), (262.0, 96.0, "· W₂ + b₂")
    parts = [
        *row(40, [first, second], 400),
        text(209, 92, "=", size=26),
        *row(130, [(60.0, 298.0, "· (W₁W₂) + (b₁W₂ + b₂)")], 400),
        text(209, 182, "≠", size=26),
        *row(220, [first, (184.0, 50.0, ""), second], 400),
        path([(192, 230), (209, 230), (226, 208)], color=FORWARD, width=3),
        *_axes_with((446, 76), [(450, 104), (540, 50)], "straight"),
        *_axes_with((446, 202), [(450, 184), (474, 222), (508, 214), (540, 178)], "bent"),
    ]
    return Drawing(
        tuple(parts),
        width=560,
        height=262,
        alt="Three chains from x to y. Two layers without a bend, first times W1 plus b1, then times W2 plus b2, equal "
        "a single layer, times W1 W2 plus b1 W2 plus b2, and give a straight line. With a bend between the two layers "
        "they equal no single layer, and give a bent line.",
    )


def step_downhill() -> Drawing:
    """One step of gradient descent on a valley: the slope at a point, and the step against it."""

    def loss(w: float) -> float:
        return 36 + 0.0032 * (w - 250) ** 2

    def at(w: float) -> Point:
        return w, 240 - loss(w)

    here, there = 440.0, 330.0
    slope = 2 * 0.0032 * (here - 250)
    parts = [
        edge((30, 240), (534, 240)),
        text(530, 262, "weight w", anchor="end"),
        edge((30, 240), (30, 16)),
        text(40, 30, "loss", anchor="start"),
        path([at(w) for w in range(48, 456, 4)], width=2.5),
        path(
            [(w, at(here)[1] - slope * (w - here)) for w in (here - 48.0, here + 40.0)],
            color=BACKWARD,
            width=2.5,
            dashed=True,
        ),
        text(486, 70, "slope of", anchor="start"),
        text(486, 90, "the loss", anchor="start"),
        edge((here, at(here)[1] + 12), (here, 240), faint=True, head=False),
        edge((there, at(there)[1] + 12), (there, 240), faint=True, head=False),
        edge((here, 222), (there + 2, 222), color=FORWARD, width=3),
        text((here + there) / 2 + 3, 214, "step", anchor="middle"),
        dot(at(here)),
        dot(at(there), hollow=True),
        text(250, 62, "new weight = old weight", weight=600),
        text(250, 84, "− learning rate · slope", weight=600),
        edge((250, 150), (250, 196), faint=True),
        text(250, 142, "least loss"),
    ]
    return Drawing(
        tuple(parts),
        width=560,
        height=272,
        alt="A valley: the loss over one weight. At a point on its right side the loss slopes upwards. The step goes "
        "the other way, to the left and down: the new weight is the old weight "
        "minus the learning rate times the slope.",
    )


def chain_rule(x: float, w: float, b: float, y: float) -> Drawing:
    """The graph of L = (relu(x w + b) - y)^2: on each edge its value above, and the derivative of L by it below."""
    product, total = x * w, x * w + b
    output = max(0.0, total)
    error = output - y
    back = 2 * error  # dL/derror; the subtraction passes it on, the bend only where its input is positive
    past_bend = back if total > 0 else 0.0
    level, gap = 115, 104
    boxes = {"×": 96, "+": 200, "relu": 304, "−": 408, "( )²": 512}
    carried = [(product, past_bend), (total, past_bend), (output, back), (error, back), (error**2, 1.0)]
    from_left = {"x": (x, past_bend * w, 52), "w": (w, past_bend * x, 178)}
    from_below = {"b": (b, past_bend, boxes["+"]), "y": (y, -back, boxes["−"])}
    parts = []
    for (said, at), (value, derivative) in zip(boxes.items(), carried, strict=True):
        parts += [box((at - 23, level - 21), 46, 42), text(at, level + 6, said)]
        parts += [edge((at + 23, level), (at + gap - 23, level), color=FORWARD)]
        parts += _both((at + gap / 2, level - 32), (at + gap / 2, level + 32), value, derivative)
    for said, (value, derivative, height) in from_left.items():
        parts += [
            node((26, height), said),
            edge((44, height), (73, (height + 4 * level) / 5), color=FORWARD),
        ]
        parts += _both((26, height - 35), (26, height + 35), value, derivative)
    for said, (value, derivative, at) in from_below.items():
        parts += [node((at, 196), said), edge((at, 178), (at, level + 21), color=FORWARD)]
        parts += _both((at - 46, 196), (at + 46, 196), value, derivative)
    parts += [text(606, level + 6, "L")]
    return Drawing(
        tuple(parts),
        width=620,
        height=230,
        alt=f"A graph from the inputs to the loss L. Forward: x = {x:g} times w = {w:g} is {product:g}; plus b = {b:g} "
        f"is {total:g}; after the bend {output:g}; minus y = {y:g} is {error:g}; squared, L = {error**2:g}. Backward, "
        f"the derivative of L: 1 at L; {back:g} before the square and before the subtraction; {past_bend:g} before the "
        f"bend and for b; {past_bend * x:g} for w; {past_bend * w:g} for x; {-back:g} for y.",
    )


def _both(above: Point, below: Point, value: float, derivative: float) -> list[str]:
    """The value that flows forward, and the derivative that flows back."""
    looks = ((above, value, FORWARD), (below, derivative, BACKWARD))
    return [
        rect((at[0] - 22, at[1] - 13), 44, 26, color=color, stroke=2, rounded=13, dashed=color == BACKWARD)
        + text(at[0], at[1] + 6, number(figure), size=16)
        for at, figure, color in looks
    ]


def _axes_with(corner: Point, line: list[Point], said: str) -> list[str]:
    """Small axes, and what a network draws in them."""
    x, y = corner
    return [
        path([(x, y - 36), (x, y + 34), (x + 100, y + 34)], faint=True),
        path(line, color=FORWARD, width=3),
        text(x + 50, y + 54, said, size=16),
    ]
