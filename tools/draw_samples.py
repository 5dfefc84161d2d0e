"""Draw the stand-ins for Fashion-MNIST and CIFAR-10: `python tools/draw_samples.py` writes coursekit/samples.npz.

Every image is a list of filled polygons in a square of -1..1 (x to the right, y down), placed, sized, turned and
shaded at random. The same images come out every time. What `coursekit.samples` can compute by itself is not kept:
the noise, which goes on with the random numbers where the drawing left off.
"""

import argparse
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from coursekit import samples

TARGET = Path(samples.__file__).with_suffix(".npz")

Corners = list[tuple[float, float]]
Shape = tuple[Corners, tuple[int, ...]]  # and its grey value or colour
Colour = float | np.ndarray | tuple[int, int, int]
Random = np.random.Generator
Scene = tuple[np.ndarray, list[Shape]]  # background (32, 32, 3) and the shapes before it


class Set(NamedTuple):
    """All drawings of one stand-in, and the finished images (n, side, side[, 3]) with their labels."""

    drawings: list[samples.Drawing]
    images: np.ndarray
    labels: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=TARGET, help="the file to write")
    target = parser.parse_args().to
    arrays: dict[str, Any] = {}
    for name in samples.DRAWN:
        found = draw(name)
        for key, array in samples.pack(found.drawings, found.labels).items():
            arrays[f"{name}_{key}"] = array
    np.savez_compressed(target, **arrays)


def draw(name: str) -> Set:
    """The stand-in for "fashion_mnist" or "cifar10", drawn from the beginning."""
    seed, finish = samples.DRAWN[name]
    sketch = {"fashion_mnist": _garment, "cifar10": _scene}[name]
    numbers = np.random.PCG64(seed)
    rng = np.random.Generator(numbers)
    before = numbers.state
    labels = np.concatenate([rng.permutation(np.arange(n) % 10) for n in (samples.TRAIN, samples.TEST)])
    drawings, images = [], []
    for label in labels:
        background, polygons = sketch(label, rng)
        skipped = _numbers_between(before, numbers)
        drawings.append(samples.Drawing(background, polygons, skipped))
        images.append(finish(samples.picture(drawings[-1]), rng))
        before = numbers.state
    return Set(drawings, np.stack(images), labels)


def _numbers_between(before: Any, now: np.random.PCG64) -> int:
    """How many random numbers were taken since that state."""
    again, count = np.random.PCG64(), 0
    again.state = before
    while again.state["state"] != now.state["state"]:
        again.advance(1)
        count += 1
    return count


def _garment(label: int, rng: Random) -> tuple[np.ndarray, list[samples.Polygon]]:
    grey = int(rng.integers(60, 245))
    shapes = _GARMENTS[label](rng, grey)
    return np.zeros((28, 1), np.uint8), _placed(shapes, _placing(rng, smallest=0.7, turn=10), side=28)


def _scene(label: int, rng: Random) -> tuple[np.ndarray, list[samples.Polygon]]:
    background, things = _SCENES[label](rng)
    background = background + rng.normal(0, 20, 3)
    shapes = [*_clutter(rng, background), *things]
    placing = _placing(rng, smallest=0.6, turn=16, mirror=True)
    lines = background[:, 0].clip(0, 255).astype(np.uint8)  # each is of one colour
    return lines, _placed(shapes, placing, side=32)


# Geometry

_CIRCLE = [(math.cos(math.tau * part / 16), math.sin(math.tau * part / 16)) for part in range(16)]


def _placing(
    rng: np.random.Generator, *, smallest: float, turn: float, mirror: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Matrix and offset that put a drawing somewhere near the middle, turned by `turn` degrees or less."""
    angle = np.radians(rng.uniform(-turn, turn))
    size = rng.uniform(smallest, 0.95) * np.array([rng.uniform(0.85, 1.1), 1.0])
    offset = rng.uniform(-1, 1, 2) * (1.05 - size)
    if mirror and rng.random() < 0.5:
        size[0] = -size[0]
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]]) * size, offset


def _placed(
    shapes: list[Shape], placing: tuple[np.ndarray, np.ndarray], *, side: int
) -> list[samples.Polygon]:
    """The shapes where they belong on the canvas of an image of `side` pixels. Pillow cuts fractions off itself."""
    matrix, offset = placing
    corners = np.concatenate([corners for corners, _ in shapes])
    canvas = np.trunc((corners @ matrix.T + offset + 1) / 2 * side * samples.FINE).astype(int)
    ends = np.cumsum([len(corners) for corners, _ in shapes])[:-1]
    return [
        samples.Polygon(places, colour)
        for places, (_, colour) in zip(np.split(canvas, ends), shapes, strict=True)
    ]


def _paint(colour: Colour, *corners: tuple[float, float]) -> Shape:
    parts = (colour,) if isinstance(colour, int | float) else colour
    return list(corners), tuple(min(max(int(part), 0), 255) for part in parts)


def _box(colour: Colour, left: float, top: float, right: float, bottom: float) -> Shape:
    return _paint(colour, (left, top), (right, top), (right, bottom), (left, bottom))


def _oval(colour: Colour, x: float, y: float, width: float, height: float) -> Shape:
    return _paint(colour, *[(x + width * across, y + height * down) for across, down in _CIRCLE])


def _line(colour: Colour, start: tuple[float, float], end: tuple[float, float], width: float) -> Shape:
    (x0, y0), (x1, y1) = start, end
    half = width / 2 / math.hypot(x1 - x0, y1 - y0)
    dx, dy = (y0 - y1) * half, (x1 - x0) * half  # at a right angle to the line
    return _paint(colour, (x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy))


def _both(colour: Colour, *corners: tuple[float, float]) -> list[Shape]:
    """A shape and its mirror image: two sleeves, two legs."""
    return [_paint(colour, *corners), _paint(colour, *[(-x, y) for x, y in corners])]


# Garments, grey on black. `g` is the grey of the cloth.


def _t_shirt(rng: Random, g: int) -> list[Shape]:
    wide, long = rng.uniform(0.42, 0.55), rng.uniform(0.75, 0.95)
    cuff = rng.uniform(-0.35, -0.1)
    return [
        _box(g, -wide, -0.8, wide, long),
        *_both(g, (wide - 0.1, -0.8), (0.95, cuff - 0.2), (0.78, cuff + 0.08), (wide, -0.3)),
        _oval(0, 0, -0.84, rng.uniform(0.18, 0.28), 0.14),
    ]


def _trouser(rng: Random, g: int) -> list[Shape]:
    hip, hem, gap = rng.uniform(0.34, 0.46), rng.uniform(0.16, 0.26), rng.uniform(0.1, 0.24)
    return [
        *_both(g, (0, -0.95), (hip, -0.95), (gap + hem, 0.95), (gap, 0.95), (0, -0.4)),
        _box(0.7 * g, -hip, -0.95, hip, -0.84),
    ]


def _pullover(rng: Random, g: int) -> list[Shape]:
    wide, long = rng.uniform(0.44, 0.56), rng.uniform(0.7, 0.9)
    return [
        _box(g, -wide, -0.75, wide, long),
        *_both(0.92 * g, (wide - 0.15, -0.75), (wide + 0.2, -0.55), (0.95, 0.7), (0.7, 0.76), (wide, 0.0)),
        *_both(0.6 * g, (0.93, 0.58), (0.95, 0.72), (0.7, 0.78), (0.68, 0.64)),
        _box(0.6 * g, -wide, long - 0.14, wide, long),
        _oval(0.6 * g, 0, -0.76, 0.25, 0.12),
    ]


def _dress(rng: Random, g: int) -> list[Shape]:
    waist, hem, strap = rng.uniform(0.18, 0.26), rng.uniform(0.4, 0.72), rng.uniform(0.14, 0.22)
    return [
        *_both(g, (0, -0.55), (0.3, -0.6), (waist, -0.15), (hem, 0.95), (0, 0.95)),
        *_both(g, (strap, -0.95), (strap + 0.09, -0.95), (0.3, -0.55), (strap, -0.5)),
        _box(0.7 * g, -waist, -0.2, waist, -0.1),
    ]


def _coat(rng: Random, g: int) -> list[Shape]:
    wide, hem = rng.uniform(0.42, 0.5), rng.uniform(0.5, 0.62)
    return [
        *_both(g, (0, -0.85), (wide, -0.8), (hem, 0.95), (0, 0.95)),
        *_both(0.9 * g, (wide - 0.12, -0.8), (wide + 0.2, -0.6), (0.95, 0.6), (0.7, 0.66), (wide, -0.1)),
        *_both(0.45 * g, (0, -0.1), (0.08, -0.9), (0.3, -0.85)),
        _line(0.25 * g, (0, -0.3), (0, 0.95), 0.09),
        *[_oval(0.4 * g, 0.16, y, 0.05, 0.05) for y in (0.05, 0.3, 0.55)],
    ]


def _sandal(rng: Random, g: int) -> list[Shape]:
    heel = rng.uniform(0.0, 0.5)
    return [
        _paint(
            g, (-0.95, 0.42), (-0.2, 0.4), (0.9, 0.3 - heel), (0.95, 0.45 - heel), (-0.1, 0.58), (-0.95, 0.58)
        ),
        _paint(g, (0.7, 0.35 - heel), (0.93, 0.35 - heel), (0.9, 0.58), (0.78, 0.58)),
        _line(g, (-0.85, 0.45), (-0.35, 0.0), 0.12),
        _line(g, (-0.35, 0.0), (-0.15, 0.45), 0.12),
        _line(g, (0.2, 0.35 - heel / 2), (0.55, -0.25 - heel / 2), 0.1),
        _line(g, (0.55, -0.25 - heel / 2), (0.88, 0.35 - heel), 0.1),
    ]


def _shirt(rng: Random, g: int) -> list[Shape]:
    wide, long = rng.uniform(0.4, 0.5), rng.uniform(0.75, 0.9)
    cuff = rng.uniform(0.35, 0.75)
    return [
        *_both(g, (0, -0.75), (wide, -0.75), (wide, long - 0.15), (0.2, long), (0, long)),
        *_both(
            0.95 * g,
            (wide - 0.1, -0.75),
            (wide + 0.15, -0.6),
            (0.88, cuff - 0.1),
            (0.68, cuff),
            (wide, -0.15),
        ),
        *_both(min(1.35 * g, 255), (0, -0.6), (0.05, -0.9), (0.26, -0.85), (0.2, -0.55)),
        _line(0.7 * g, (0, -0.6), (0, long), 0.08),
        *[_oval(0.3 * g, 0, y, 0.045, 0.045) for y in np.arange(-0.45, long - 0.1, 0.24)],
    ]


def _sneaker(rng: Random, g: int) -> list[Shape]:
    top = rng.uniform(-0.3, -0.1)
    return [
        _paint(g, (-0.95, 0.4), (-0.9, 0.2), (-0.35, 0.05), (0.15, top), (0.8, top - 0.08), (0.95, 0.4)),
        _paint(0.5 * g, (0.2, top), (0.75, top - 0.08), (0.7, top + 0.06), (0.3, top + 0.1)),
        _box(min(1.5 * g, 255), -0.97, 0.36, 0.97, 0.52),
        *[_line(0.4 * g, (x, 0.1 - x / 4), (x + 0.14, 0.22 - x / 4), 0.06) for x in (-0.35, -0.2, -0.05)],
    ]


def _bag(rng: Random, g: int) -> list[Shape]:
    top, wide, narrow = rng.uniform(-0.35, -0.1), rng.uniform(0.75, 0.95), rng.uniform(0.6, 0.75)
    reach = rng.uniform(0.3, 0.5)
    return [
        _oval(0.8 * g, 0, top, reach, rng.uniform(0.45, 0.6)),
        _oval(0, 0, top, reach - 0.1, 0.36),
        _paint(g, (-narrow, top), (narrow, top), (wide, 0.8), (-wide, 0.8)),
        _box(0.65 * g, -narrow, top + 0.3, narrow, top + 0.38),
        _oval(0.3 * g, 0, top + 0.34, 0.1, 0.08),
    ]


def _ankle_boot(rng: Random, g: int) -> list[Shape]:
    shaft, heel = rng.uniform(-0.95, -0.7), rng.uniform(0.1, 0.3)
    return [
        _paint(g, (-0.95, 0.6), (-0.9, 0.3), (-0.2, 0.0), (0.1, shaft), (0.8, shaft), (0.9, 0.6)),
        _paint(0.7 * g, (-0.97, 0.55), (0.2, 0.6), (0.3, 0.72), (-0.97, 0.72)),
        _box(0.7 * g, 0.9 - heel - 0.2, 0.55, 0.92, 0.85),
        _box(0.75 * g, 0.1, shaft, 0.8, shaft + 0.1),
    ]


_GARMENTS = (_t_shirt, _trouser, _pullover, _dress, _coat, _sandal, _shirt, _sneaker, _bag, _ankle_boot)


# Scenes, in colour: each function returns the background (32, 32, 3) and the shapes before it.


def _shade(rng: Random, *colours: tuple[int, int, int]) -> np.ndarray:
    """One of the colours, a little off."""
    return np.array(colours[rng.integers(len(colours))]) + rng.normal(0, 14, 3)


def _landscape(above: np.ndarray, below: np.ndarray, horizon: float) -> np.ndarray:
    """Two plain areas with a soft border at `horizon` (0 top, 1 bottom), the upper one paler towards it."""
    y = (np.arange(32) + 0.5) / 32
    share = np.clip((y - horizon) * 12, 0, 1)[:, None, None]
    upper = above + 40 * (y / max(horizon, 0.2)).clip(0, 1)[:, None, None]
    return np.broadcast_to((1 - share) * upper + share * below, (32, 32, 3))


def _clutter(rng: Random, background: np.ndarray) -> list[Shape]:
    """A few pale blobs of any colour, to stand behind the thing that matters."""
    middle = background[16, 16]
    return [
        _oval((middle + rng.uniform(0, 255, 3)) / 2, *rng.uniform(-1.3, 1.3, 2), *rng.uniform(0.2, 0.8, 2))
        for _ in range(rng.integers(1, 5))
    ]


def _sky(rng: Random) -> np.ndarray:
    return _shade(rng, (80, 140, 210), (110, 165, 225), (150, 170, 190), (190, 150, 140))


def _meadow(rng: Random) -> np.ndarray:
    grass = _shade(rng, (90, 130, 60), (130, 130, 70), (70, 105, 60))
    return _landscape(
        _shade(rng, (120, 160, 200), (60, 95, 60), (150, 160, 150)), grass, rng.uniform(0.3, 0.6)
    )


def _street(rng: Random) -> np.ndarray:
    walls = _shade(rng, (150, 140, 130), (110, 150, 190), (90, 110, 80), (180, 170, 160))
    return _landscape(walls, _shade(rng, (95, 95, 100), (125, 120, 115)), rng.uniform(0.55, 0.7))


def _room(rng: Random) -> np.ndarray:
    wall = _shade(rng, (190, 170, 150), (140, 150, 170), (160, 120, 100), (110, 130, 110))
    return _landscape(
        wall, _shade(rng, (120, 90, 70), (160, 150, 140), (90, 110, 80)), rng.uniform(0.6, 0.85)
    )


def _airplane(rng: Random) -> Scene:
    body = _shade(rng, (235, 235, 240), (200, 205, 215), (120, 125, 140))
    stripe = _shade(rng, (180, 40, 40), (40, 60, 150), (90, 90, 90))
    sky = _sky(rng)
    return _landscape(sky, sky * 0.9 + 20, 0.8), [
        _paint(0.75 * body, (0.15, -0.1), (-0.05, -0.1), (0.25, -0.6), (0.4, -0.6)),
        _paint(body, (-0.95, 0.02), (-0.7, -0.13), (0.8, -0.12), (0.95, -0.05), (0.6, 0.14), (-0.75, 0.14)),
        _paint(stripe, (0.6, -0.1), (0.82, -0.5), (0.97, -0.5), (0.88, -0.08)),
        _line(stripe, (-0.7, 0.02), (0.6, 0.0), 0.05),
        _paint(0.65 * body, (-0.2, 0.05), (0.15, 0.05), (0.5, 0.65), (0.3, 0.65)),
    ]


def _automobile(rng: Random) -> Scene:
    paint = _shade(rng, (190, 40, 40), (40, 70, 160), (220, 220, 220), (50, 55, 60), (220, 180, 50))
    glass, tyre = (170, 200, 215), (25, 25, 28)
    return _street(rng), [
        _paint(paint, (-0.5, -0.1), (-0.28, -0.45), (0.35, -0.45), (0.62, -0.1)),
        _paint(glass, (-0.38, -0.12), (-0.22, -0.37), (0.02, -0.37), (0.02, -0.12)),
        _paint(glass, (0.1, -0.12), (0.1, -0.37), (0.3, -0.37), (0.48, -0.12)),
        _paint(paint, (-0.95, 0.0), (-0.85, -0.1), (0.85, -0.12), (0.95, 0.0), (0.95, 0.35), (-0.95, 0.35)),
        *[_oval(tyre, x, 0.36, 0.21, 0.21) for x in (-0.52, 0.55)],
        *[_oval((150, 150, 155), x, 0.36, 0.09, 0.09) for x in (-0.52, 0.55)],
    ]


def _bird(rng: Random) -> Scene:
    coat = _shade(rng, (110, 80, 60), (60, 90, 150), (170, 60, 50), (60, 60, 65), (190, 170, 90))
    belly, leg = 0.4 * coat + 140, (70, 50, 35)
    air = _shade(rng, (140, 180, 220), (120, 150, 100), (190, 195, 190))
    return _landscape(air, 0.9 * air, 0.9), [
        _line((90, 70, 50), (-1.3, 0.75), (1.3, 0.65), 0.1),
        _line(leg, (-0.05, 0.4), (-0.05, 0.7), 0.05),
        _line(leg, (0.12, 0.4), (0.12, 0.7), 0.05),
        _paint(0.7 * coat, (0.4, 0.1), (0.98, 0.42), (0.9, 0.55), (0.3, 0.35)),
        _oval(coat, 0.08, 0.12, 0.5, 0.34),
        _oval(belly, -0.05, 0.24, 0.3, 0.2),
        _oval(coat, -0.38, -0.28, 0.25, 0.24),
        _paint((230, 160, 50), (-0.6, -0.35), (-0.9, -0.22), (-0.58, -0.18)),
        _oval((10, 10, 10), -0.45, -0.32, 0.055, 0.055),
        _paint(0.65 * coat, (-0.15, 0.02), (0.35, -0.05), (0.7, 0.3), (0.15, 0.3)),
    ]


def _cat(rng: Random) -> Scene:
    fur = _shade(rng, (190, 130, 70), (90, 90, 95), (60, 55, 55), (215, 205, 190))
    eye, dark = _shade(rng, (110, 190, 80), (220, 190, 60)), 0.55 * fur
    return _room(rng), [
        _line(dark, (0.4, 0.8), (0.85, 0.1), 0.14),
        _oval(fur, 0, 0.65, 0.5, 0.5),
        *_both(fur, (0.12, -0.55), (0.5, -0.95), (0.55, -0.2)),
        *_both((215, 150, 150), (0.25, -0.55), (0.45, -0.8), (0.48, -0.4)),
        _oval(fur, 0, -0.2, 0.56, 0.47),
        *[_oval(eye, x, -0.28, 0.13, 0.11) for x in (-0.24, 0.24)],
        *[_oval((10, 10, 10), x, -0.28, 0.04, 0.1) for x in (-0.24, 0.24)],
        _paint((210, 120, 120), (-0.08, -0.06), (0.08, -0.06), (0, 0.04)),
        *[
            _line(0.4 * fur + 150, (0.12 * s, 0.04), (0.8 * s, y), 0.035)
            for s in (-1, 1)
            for y in (-0.08, 0.12)
        ],
    ]


def _dog(rng: Random) -> Scene:
    fur = _shade(rng, (170, 120, 70), (70, 60, 55), (220, 205, 175), (140, 90, 60))
    ear, snout = 0.5 * fur, 0.5 * fur + 115
    return _room(rng), [
        _oval(fur, 0, 0.75, 0.55, 0.5),
        _oval(fur, 0, -0.25, 0.5, 0.52),
        *[_oval(ear, x, -0.15, 0.19, 0.5) for x in (-0.55, 0.55)],
        _oval(snout, 0, 0.08, 0.31, 0.27),
        _oval((15, 15, 18), 0, -0.05, 0.14, 0.1),
        _line((60, 30, 30), (0, 0.02), (0, 0.2), 0.05),
        _oval((200, 90, 100), 0, 0.3, 0.1, 0.13),
        *[_oval((20, 15, 15), x, -0.36, 0.08, 0.09) for x in (-0.22, 0.22)],
    ]


def _deer(rng: Random) -> Scene:
    coat = _shade(rng, (150, 100, 60), (175, 125, 75), (125, 90, 65))
    horn, leg = (225, 210, 170), 0.75 * coat
    return _meadow(rng), [
        *[
            _line(leg, (x, 0.2), (x + d, 0.95), 0.08)
            for x, d in ((-0.2, -0.06), (-0.05, 0.03), (0.5, -0.03), (0.65, 0.05))
        ],
        _oval(coat, 0.22, 0.15, 0.52, 0.22),
        _oval((235, 230, 220), 0.74, 0.08, 0.08, 0.11),
        _paint(coat, (-0.28, 0.15), (-0.02, 0.0), (-0.38, -0.52), (-0.54, -0.42)),
        _paint(coat, (-0.85, -0.32), (-0.5, -0.6), (-0.3, -0.5), (-0.42, -0.32), (-0.8, -0.2)),
        *[_line(horn, (-0.42, -0.52), end, 0.06) for end in ((-0.62, -0.98), (-0.15, -0.95))],
        *[
            _line(horn, a, b, 0.05)
            for a, b in (((-0.53, -0.75), (-0.8, -0.88)), ((-0.28, -0.73), (0.05, -0.76)))
        ],
    ]


def _frog(rng: Random) -> Scene:
    skin = _shade(rng, (80, 150, 50), (110, 140, 60), (60, 120, 70), (140, 130, 60))
    ground = _shade(rng, (110, 85, 60), (90, 110, 130), (140, 130, 110), (60, 80, 50))
    return _landscape(ground, 0.8 * ground, 0.6), [
        *[_oval(0.75 * skin, x, 0.42, 0.35, 0.3) for x in (-0.6, 0.6)],
        *_both(0.65 * skin, (0.3, 0.5), (0.95, 0.72), (0.9, 0.85), (0.2, 0.7)),
        _oval(skin, 0, 0.22, 0.68, 0.5),
        _oval(0.5 * skin + 110, 0, 0.45, 0.42, 0.26),
        *[_oval(skin, x, -0.3, 0.24, 0.24) for x in (-0.36, 0.36)],
        *[_oval((235, 220, 120), x, -0.32, 0.15, 0.15) for x in (-0.36, 0.36)],
        *[_oval((10, 10, 10), x, -0.32, 0.08, 0.08) for x in (-0.36, 0.36)],
        _line(0.4 * skin, (-0.42, 0.12), (0.42, 0.12), 0.06),
    ]


def _horse(rng: Random) -> Scene:
    coat = _shade(rng, (110, 65, 40), (60, 45, 40), (200, 190, 180), (150, 95, 55))
    hair = 0.4 * coat
    return _meadow(rng), [
        _line(hair, (0.72, -0.05), (0.9, 0.6), 0.16),
        *[_line(0.85 * coat, (x, 0.15), (x, 0.95), 0.15) for x in (-0.3, -0.1, 0.42, 0.62)],
        _oval(coat, 0.18, 0.05, 0.6, 0.3),
        _paint(coat, (-0.4, 0.15), (0.0, -0.15), (-0.32, -0.78), (-0.58, -0.7)),
        _paint(
            coat, (-0.98, -0.3), (-0.6, -0.82), (-0.4, -0.95), (-0.3, -0.7), (-0.55, -0.45), (-0.85, -0.15)
        ),
        _paint(hair, (-0.35, -0.9), (-0.25, -0.75), (0.12, -0.12), (-0.1, -0.12), (-0.42, -0.65)),
    ]


def _ship(rng: Random) -> Scene:
    hull = _shade(rng, (50, 60, 80), (150, 50, 45), (230, 230, 235), (70, 75, 75))
    funnel = _shade(rng, (190, 60, 50), (230, 190, 70), (60, 60, 60))
    sea = _shade(rng, (40, 80, 120), (60, 110, 130), (90, 110, 120))
    return _landscape(_sky(rng), sea, rng.uniform(0.55, 0.68)), [
        _line((70, 60, 55), (-0.5, 0.1), (-0.5, -0.8), 0.06),
        _box(funnel, 0.25, -0.65, 0.48, -0.1),
        _box((235, 235, 230), -0.3, -0.25, 0.7, 0.15),
        *[_box((60, 80, 100), x, -0.14, x + 0.12, -0.02) for x in (-0.2, 0.05, 0.3, 0.52)],
        _paint(hull, (-0.98, 0.05), (0.95, 0.12), (0.8, 0.5), (-0.7, 0.5)),
        _line((225, 235, 240), (-0.8, 0.52), (0.9, 0.52), 0.07),
    ]


def _truck(rng: Random) -> Scene:
    cab = _shade(rng, (190, 50, 45), (40, 80, 160), (225, 180, 60), (70, 110, 70))
    load, tyre = _shade(rng, (225, 225, 225), (190, 170, 140), (120, 130, 140), (170, 90, 60)), (25, 25, 28)
    return _street(rng), [
        _box(load, -0.3, -0.8, 0.97, 0.35),
        _box(0.8 * load, -0.3, 0.2, 0.97, 0.35),
        _paint(cab, (-0.95, 0.4), (-0.95, -0.05), (-0.8, -0.45), (-0.36, -0.45), (-0.36, 0.4)),
        _paint((170, 200, 215), (-0.85, -0.05), (-0.74, -0.35), (-0.48, -0.35), (-0.48, -0.05)),
        _box((50, 50, 55), -0.95, 0.35, 0.97, 0.46),
        *[_oval(tyre, x, 0.5, 0.19, 0.19) for x in (-0.65, 0.4, 0.78)],
        *[_oval((150, 150, 155), x, 0.5, 0.08, 0.08) for x in (-0.65, 0.4, 0.78)],
    ]


_SCENES = (_airplane, _automobile, _bird, _cat, _deer, _dog, _frog, _horse, _ship, _truck)


if __name__ == "__main__":
    main()
