"""Drawings of how a network classifies: an image as its input, batches, softmax and its loss, errors by class."""

from math import exp, log

from coursekit.drawings.svg import (
    BACKWARD,
    FORWARD,
    INK,
    Drawing,
    Point,
    box,
    edge,
    node,
    number,
    path,
    rect,
    text,
)

_SEVEN = ("00000", "11110", "00010", "00100", "01000")  # a picture of 5 by 5 pixels


def image_into_network() -> Drawing:
    """The pixels of an image become one row of inputs, and go through a hidden layer to one output for each class."""
    size = 24
    grid = [
        _cell((14 + size * column, 84 + size * row), size, 0.85 if pixel == "1" else 0)
        for row, line in enumerate(_SEVEN)
        for column, pixel in enumerate(line)
    ]
    shown = "".join(_SEVEN[1] + _SEVEN[2])
    row = [_cell((212, 50 + 18 * n), 18, 0.85 if pixel == "1" else 0) for n, pixel in enumerate(shown)]
    hidden, outputs = (78, 142, 206), tuple(46 + 25 * n for n in range(8))
    parts = [
        text(74, 22, "image", weight=600),
        *grid,
        text(74, 228, "28 × 28 pixels"),
        edge((148, 144), (198, 144), color=FORWARD),
        text(173, 134, "row by", size=15),
        text(173, 164, "row", size=15),
        text(221, 22, "one row", weight=600),
        *row,
        text(221, 252, "784"),
        *(
            edge((230, 59 + 18 * n), (340, y), faint=True, head=False)
            for n in range(0, 10, 3)
            for y in hidden
        ),
        text(356, 22, "hidden layer", weight=600),
        *(node((356, y), "", radius=16) for y in hidden),
        text(356, 252, "32 units"),
        *(edge((372, y), (470, to), faint=True, head=False) for y in hidden for to in outputs[::2]),
        text(482, 22, "outputs", weight=600),
        *(node((482, y), "", radius=9, color=FORWARD if n == 5 else INK) for n, y in enumerate(outputs)),
        *(
            text(500, y + 6, said, anchor="start")
            for said, y in zip("0123…789", outputs, strict=True)
            if said
        ),
        edge((562, outputs[5]), (524, outputs[5]), color=FORWARD),
        text(566, outputs[5] - 4, "largest:", anchor="start", size=15),
        text(566, outputs[5] + 14, "answer 7", anchor="start", size=15),
        text(482, 252, "10"),
    ]
    return Drawing(
        tuple(parts),
        width=636,
        height=262,
        alt="An image of 28 by 28 pixels is cut into its rows, which are put one after another into a single row of "
        "784 numbers. Each of them is connected to each of 32 hidden units, and each of these to ten outputs, 0 to 9. "
        "The largest output, here that of the 7, is the answer.",
    )


def epochs_in_batches() -> Drawing:
    """Two epochs over twelve images in batches of four: another order in each epoch, a step after each batch."""
    orders = {
        "epoch 1": (4, 9, 1, 12, 7, 3, 10, 6, 2, 11, 8, 5),
        "epoch 2": (8, 2, 11, 5, 1, 6, 12, 9, 10, 3, 4, 7),
    }
    parts = []
    for line, (name, order) in enumerate(orders.items()):
        top = 46 + 104 * line
        parts.append(text(4, top + 20, name, anchor="start", weight=600))
        for batch in range(3):
            left = 92 + 178 * batch
            parts.append(box((left, top - 6), 146, 40))
            for place, image in enumerate(order[4 * batch : 4 * batch + 4]):
                x = left + 8 + 34 * place
                color = BACKWARD if image == 7 else INK
                parts.append(rect((x, top), 28, color=color))
                parts.append(text(x + 14, top + 20, str(image), weight=600 if image == 7 else 400))
            middle = left + 73
            parts.append(edge((middle, top + 36), (middle, top + 62), color=FORWARD))
            parts.append(text(middle, top + 80, f"step {1 + batch + 3 * line}"))
    parts.append(text(165, 20, "a batch of four"))
    return Drawing(
        tuple(parts),
        width=600,
        height=240,
        alt="Twelve images, numbered 1 to 12. In epoch 1 they are shuffled and cut into three batches of four; after "
        "each batch comes a step: steps 1, 2 and 3. In epoch 2 the same twelve images come in another order, and in "
        "other batches: steps 4, 5 and 6. Image 7, marked, is in the second batch of epoch 1 and the last of epoch 2.",
    )


def softmax_and_loss() -> Drawing:
    """Three logits become probabilities; the loss looks at that of the right class only."""
    logits = {"cat": 2.0, "dog": 1.0, "owl": 0.0}
    powers = {name: exp(z) for name, z in logits.items()}
    whole = sum(powers.values())
    shares = {name: power / whole for name, power in powers.items()}
    loss = -log(shares["dog"])
    columns = {"class": 36, "logit z": 118, "e to the z": 236, "probability p": 372}
    parts = [text(x, 22, said, weight=600) for said, x in columns.items()]
    for line, name in enumerate(logits):
        y = 68 + 56 * line
        right = name == "dog"
        parts += [
            text(36, y + 6, name, weight=600 if right else 400),
            text(118, y + 6, number(logits[name])),
            edge((146, y), (200, y), color=FORWARD),
            text(236, y + 6, f"{powers[name]:.2f}"),
            edge((272, y), (326, y), color=FORWARD),
            rect((336, y - 14), 72 * shares[name], 28, fill=FORWARD, stroke=0),
            text(344 + 72 * shares[name], y + 6, f"{shares[name]:.3f}", anchor="start"),
        ]
    parts += [
        text(173, 60, "exp", size=15),
        text(299, 60, f"÷ {whole:.2f}", size=15),
        path([(206, 202), (266, 202)]),
        text(236, 224, f"{whole:.2f}"),
        text(196, 224, "sum", anchor="end"),
        text(372, 224, "sum 1"),
        edge((420, 124), (472, 124), color=FORWARD),
        text(478, 110, "loss", anchor="start", weight=600),
        text(478, 130, f"−log {shares['dog']:.3f}", anchor="start"),
        text(478, 150, f"= {loss:.2f}", anchor="start"),
        text(36, 149, "(right)", size=15),
    ]
    said = ", ".join(f"{name} {number(logits[name])} becomes {shares[name]:.3f}" for name in logits)
    return Drawing(
        tuple(parts),
        width=570,
        height=236,
        alt=f"Three logits become probabilities. Each goes through the exponential function, and is divided by the sum "
        f"of all, {whole:.2f}: {said}. The right class is dog, so the loss is minus log of {shares['dog']:.3f}, which "
        f"is {loss:.2f}; the other two probabilities do not count.",
    )


def reading_a_confusion_matrix() -> Drawing:
    """A matrix of three classes, of which one is never answered: where to look for what."""
    names, counts = ("cat", "dog", "owl"), ((46, 0, 4), (31, 0, 19), (3, 0, 47))
    left, top, size = 196, 66, 52
    parts = [
        text(left + 1.5 * size, 22, "answer", weight=600),
        text(90, top + 1.5 * size + 6, "true class", weight=600),
    ]
    for i, name in enumerate(names):
        parts.append(text(left + size * (i + 0.5), top - 12, name))
        parts.append(text(left - 12, top + size * (i + 0.5) + 6, name, anchor="end"))
        for j, count in enumerate(counts[i]):
            corner = (left + size * j, top + size * i)
            parts.append(_cell(corner, size, count / 100, FORWARD))
            parts.append(
                text(
                    corner[0] + size / 2, corner[1] + size / 2 + 6, str(count), weight=600 if i == j else 400
                )
            )
    right, bottom = left + 3 * size, top + 3 * size
    parts += [
        edge((right + 52, top + 26), (right + 6, top + 26)),
        text(right + 58, top + 22, "a row: the 50 cats,", anchor="start"),
        text(right + 58, top + 42, "46 of them right", anchor="start"),
        edge((right + 52, top + 120), (right + 6, top + 130)),
        text(right + 58, top + 104, "the diagonal: right;", anchor="start"),
        text(right + 58, top + 124, "all else: mistakes", anchor="start"),
        edge((left + 1.5 * size, bottom + 34), (left + 1.5 * size, bottom + 5), color=BACKWARD),
        text(left + 1.5 * size, bottom + 52, "an empty column: the answer dog is never given"),
        path(
            [
                (left + size, top),
                (left + 2 * size, top),
                (left + 2 * size, bottom),
                (left + size, bottom),
                (left + size, top),
            ],
            color=BACKWARD,
            width=3,
            dashed=True,
        ),
    ]
    return Drawing(
        tuple(parts),
        width=600,
        height=286,
        alt="A confusion matrix of three classes with 50 images each. Rows are true classes, columns are answers. Row "
        "cat: 46 cat, 0 dog, 4 owl. Row dog: 31 cat, 0 dog, 19 owl. Row owl: 3 cat, 0 dog, 47 owl. The diagonal holds "
        "the right answers, everything else is a mistake. The column dog is empty: that answer is never given.",
    )


def _cell(corner: Point, size: float, shade: float, color: str = INK) -> str:
    """A square with a thin frame, filled as far as `shade` says, from 0 to 1."""
    return rect(corner, size, fill=color, shade=shade, stroke=1, faint=True)
