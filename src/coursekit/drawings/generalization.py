"""Drawings of how to stop and to score honestly: early stopping, leaks between sets, augmentation."""

from coursekit.drawings.svg import (
    BACKWARD,
    FORWARD,
    INK,
    Drawing,
    Point,
    box,
    dot,
    edge,
    path,
    text,
)

_STEPS = ((2.0, "fit the", "weights"), (198.0, "choose the", "epoch"), (394.0, "report", "a score"))
_WIDE = 164.0


def early_stopping() -> Drawing:
    """A validation loss over the epochs; the waiting epochs after the best one are counted, then training goes back."""
    losses = (188.0, 150.0, 124.0, 132.0, 102.0, 82.0, 90.0, 106.0, 98.0)
    places = [(76.0 + 52 * epoch, 226 - loss) for epoch, loss in enumerate(losses)]
    last, best = places[-1], places[5]
    parts = [
        edge((36, 226), (536, 226)),
        text(532, 264, "epoch", anchor="end"),
        edge((36, 226), (36, 14)),
        text(46, 26, "validation loss", anchor="start"),
        path(places, width=2, faint=True),
        *(dot(place, hollow=_waits(losses, n) > 0) for n, place in enumerate(places)),
        *(text(x, 246, str(n)) for n, (x, _) in enumerate(places, start=1)),
        *(text(x, y - 16, str(_waits(losses, n))) for n, (x, y) in enumerate(places) if _waits(losses, n)),
        text(best[0], best[1] - 18, "best", weight=600),
        text(last[0] + 12, last[1] - 64, "patience 3 is used up:", anchor="end"),
        text(last[0] + 12, last[1] - 44, "stop", anchor="end", weight=600),
        path(
            [(last[0], last[1] + 14), (last[0], 186), (best[0], 186), (best[0], 166)],
            color=BACKWARD,
            width=2.5,
            dashed=True,
        ),
        edge((best[0], 172), (best[0], best[1] + 12), color=BACKWARD, width=2.5),
        text(last[0] + 12, 210, "back to the best weights", anchor="end"),
    ]
    return Drawing(
        tuple(parts),
        width=560,
        height=272,
        alt="The validation loss over nine epochs, with a patience of 3. Each filled dot is a new best loss. Epoch 4 "
        "is no new best, so one epoch is counted; epoch 5 is, and the count starts again. Epoch 6 is the best. "
        "Epochs 7, 8 and 9 are counted 1, 2, 3; then training stops, and the weights of epoch 6 are put back.",
    )


def leak() -> Drawing:
    """Training, choice and score in a row; the test images serve both the choice and the score."""
    parts = [
        *_flow(),
        *_images((2, 16), _WIDE, "training images"),
        *_images((198, 16), 360, "test images"),
        edge((84, 56), (84, 118), color=FORWARD, width=2.5),
        edge((476, 56), (476, 118), color=FORWARD, width=2.5),
        path([(280, 56), (280, 106)], color=BACKWARD, width=2.5, dashed=True),
        edge((280, 104), (280, 118), color=BACKWARD, width=2.5),
        text(292, 92, "a leak", anchor="start", weight=600),
    ]
    return Drawing(
        tuple(parts),
        width=560,
        height=190,
        alt="Three steps in a row: fit the weights, choose the epoch, report a score. The training images serve the "
        "first step. The test images serve the last step, and the middle one as well: that arrow is dashed and "
        "marked as a leak, because the same images choose and judge.",
    )


def three_sets() -> Drawing:
    """Training, validation and test images, each with the one step that may look at it."""
    sets = (
        ("training images", "in every epoch"),
        ("validation images", "after each epoch"),
        ("test images", "once, at the end"),
    )
    parts = [*_flow()]
    for (x, *_), (said, when) in zip(_STEPS, sets, strict=True):
        parts += [
            *_images((x, 16), _WIDE, said),
            edge((x + _WIDE / 2, 56), (x + _WIDE / 2, 118), color=FORWARD, width=2.5),
            text(x + _WIDE / 2, 204, when),
        ]
    return Drawing(
        tuple(parts),
        width=560,
        height=216,
        alt="Three steps in a row, each with images of its own. The training images fit the weights, in every epoch. "
        "The validation images choose the epoch, and are looked at after each epoch. The test images give the score "
        "that is reported, and are looked at once, at the end.",
    )


def augmentation() -> Drawing:
    """One picture of a truck: as it is, mirrored and shifted, which leave it a truck; upside down, which does not."""
    ways = (
        ("as it is", False, False, 0.0),
        ("mirrored", True, False, 0.0),
        ("shifted", False, False, 14.0),
        ("upside down", False, True, 0.0),
    )
    parts = []
    for n, (said, mirrored, turned, shift) in enumerate(ways):
        x = 8 + 140.0 * n
        parts += [
            box((x, 36), 120, 96),
            text(x + 60, 24, said, weight=600),
            *_truck((x + 60, 84), mirrored, turned, shift),
        ]
        if turned:
            parts += [path([(x + 8, 44), (x + 112, 124)], color=BACKWARD, width=3, dashed=True)]
        parts += [text(x + 60, 156, "no such photo" if turned else "“truck”")]
    return Drawing(
        tuple(parts),
        width=560,
        height=170,
        alt="Four pictures of one truck. As it is, mirrored, and shifted to the right, it keeps its label, truck. "
        "Upside down it is crossed out: no such photo comes from the world.",
    )


def _waits(losses: tuple[float, ...], epoch: int) -> int:
    """How many epochs without a new best loss end with this one."""
    best = min(range(epoch + 1), key=lambda n: losses[n])
    return epoch - best


def _flow() -> list[str]:
    """The three steps, and the arrows between them."""
    return [
        *(box((x, 118), _WIDE, 60) for x, *_ in _STEPS),
        *(
            text(x + _WIDE / 2, y, said)
            for x, *lines in _STEPS
            for y, said in zip((143, 165), lines, strict=True)
        ),
        *(edge((x + _WIDE, 148), (x + 196, 148)) for x, *_ in _STEPS[:2]),
    ]


def _images(corner: Point, width: float, said: str) -> list[str]:
    return [box(corner, width, 40), text(corner[0] + width / 2, corner[1] + 26, said)]


def _truck(middle: Point, mirrored: bool, turned: bool, shift: float) -> list[str]:
    def at(x: float, y: float) -> Point:
        return middle[0] + shift + (-x if mirrored else x), middle[1] + (-y if turned else y)

    load = [at(x, y) for x, y in ((-44, 16), (-44, -26), (10, -26), (10, 16), (-44, 16))]
    cab = [at(x, y) for x, y in ((10, -12), (28, -12), (40, 4), (40, 16), (10, 16))]
    wheels = [at(x, 22) for x in (-28, 24)]
    return [
        path(load, color=FORWARD, width=3),
        path(cab, color=FORWARD, width=3),
        *(
            f'<circle cx="{x:g}" cy="{y:g}" r="8" fill="none" stroke="{INK}" stroke-width="3"/>'
            for x, y in wheels
        ),
    ]
