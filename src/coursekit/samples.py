"""Small stand-ins for the data sets, for a machine that can have no real one. Used by `coursekit.data` alone.

scikit-learn's handwritten digits, scaled up, stand in for MNIST. Drawings of the same ten classes stand in for
Fashion-MNIST and CIFAR-10: `samples.npz` keeps them as coloured polygons, which `tools/draw_samples.py` makes. The
same images come out every time.
"""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]

TRAIN, TEST = 1000, 300  # drawings, evenly spread over the classes
FINE = 3  # a drawing's canvas is this many times larger than its image
_MARGIN = 64  # corners may lie outside of the canvas, by less than this


class Polygon(NamedTuple):
    """Corners on the canvas (n, 2), whole numbers, x first, and the grey value or colour that fills them."""

    corners: np.ndarray
    colour: tuple[int, ...]


class Drawing(NamedTuple):
    """One image before its noise.

    background: a grey value or colour for each line of the image, uint8 of shape (side, 1 or 3). polygons: in the
    order in which they are painted on it. skipped: how many random numbers it took since the image before.
    """

    background: np.ndarray
    polygons: Sequence[Polygon]
    skipped: int


def arrays(name: str) -> Arrays:
    """x_train, y_train, x_test, y_test of the stand-in: uint8 images and int64 labels.

    "mnist" has 1500 and 297 images of 28 x 28, "fashion_mnist" 1000 and 300 of 28 x 28, "cifar10" 1000 and
    300 of 32 x 32 x 3. Another name is a KeyError.
    """
    return _digits() if name == "mnist" else _drawn(name)


def _digits() -> Arrays:
    from sklearn.datasets import load_digits

    digits = load_digits()
    # Like MNIST: the digit fills a box of 20 x 20 in the middle of a black 28 x 28. Each of the 20 lines lies
    # between two of the 8, so scaling is a product with one 20 x 8 matrix of weights on either side.
    position = np.clip((np.arange(20) + 0.5) * 8 / 20 - 0.5, 0, 7)
    weights = np.clip(1 - np.abs(position[:, None] - np.arange(8)), 0, 1)
    boxes = weights @ digits.images @ weights.T
    images = np.zeros((len(boxes), 28, 28), np.uint8)
    images[:, 4:24, 4:24] = np.rint(boxes / 16 * 255)
    order = np.random.default_rng(0).permutation(len(images))
    images, labels = images[order], digits.target[order].astype(np.int64)
    return images[:1500], labels[:1500], images[1500:], labels[1500:]


def _drawn(name: str) -> Arrays:
    seed, finish = DRAWN[name]
    with np.load(Path(__file__).with_suffix(".npz")) as file:
        stored = {key.removeprefix(f"{name}_"): file[key] for key in file.files if key.startswith(name)}
    numbers = np.random.PCG64(seed)
    rng = np.random.Generator(numbers)
    finished = []
    for drawing in unpack(stored):
        numbers.advance(drawing.skipped)
        finished.append(finish(picture(drawing), rng))
    images, labels = np.stack(finished), stored["labels"].astype(np.int64)
    return images[:TRAIN], labels[:TRAIN], images[TRAIN:], labels[TRAIN:]


def pack(drawings: Sequence[Drawing], labels: np.ndarray) -> dict[str, np.ndarray]:
    """Arrays that take little room in a file: corners and lines as differences, which are small."""
    polygons = [polygon for drawing in drawings for polygon in drawing.polygons]
    corners = np.concatenate([polygon.corners for polygon in polygons]).T + _MARGIN
    backgrounds = np.stack([drawing.background for drawing in drawings])
    return {
        "labels": labels.astype(np.uint8),
        "skipped": np.array([drawing.skipped for drawing in drawings], np.uint16),
        "backgrounds": np.diff(backgrounds, axis=1, prepend=np.uint8(0)),
        "polygons": np.array([len(drawing.polygons) for drawing in drawings], np.uint8),
        "sizes": np.array([len(polygon.corners) for polygon in polygons], np.uint8),
        "colours": np.array([polygon.colour for polygon in polygons], np.uint8),
        "corners": np.diff(corners.astype(np.uint8), axis=1, prepend=np.uint8(0)),
    }


def unpack(stored: dict[str, np.ndarray]) -> Iterator[Drawing]:
    """The drawings out of the arrays that `pack` made, one after the other."""
    corners = np.cumsum(stored["corners"], axis=1, dtype=np.uint8).T.astype(int) - _MARGIN
    each = np.split(corners, np.cumsum(stored["sizes"])[:-1])
    polygons = map(Polygon, each, map(tuple, stored["colours"].tolist()))
    backgrounds = np.cumsum(stored["backgrounds"], axis=1, dtype=np.uint8)
    for background, count, skipped in zip(backgrounds, stored["polygons"], stored["skipped"], strict=True):
        yield Drawing(background, list(itertools.islice(polygons, count)), int(skipped))


def picture(drawing: Drawing) -> np.ndarray:
    """The drawing as an image (side, side[, 3]) of floats in 0..255: painted large, then averaged down."""
    from PIL import Image, ImageDraw

    side, channels = drawing.background.shape
    lines = drawing.background[:, None].repeat(side, axis=1)
    canvas = Image.fromarray(lines[..., 0] if channels == 1 else lines).resize(
        (side * FINE, side * FINE), Image.Resampling.NEAREST
    )
    pen = ImageDraw.Draw(canvas)
    for corners, colour in drawing.polygons:
        pen.polygon(corners.ravel().tolist(), fill=colour[0] if channels == 1 else colour)
    return np.asarray(canvas.reduce(FINE), dtype=np.float64)


def _cloth(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A garment with a woven or printed pattern, some of them, and noise."""
    if rng.random() < 0.4:
        stripes = np.sin(np.arange(28) * rng.uniform(0.8, 2.4))
        image = image * (1 + 0.3 * (stripes[:, None] if rng.random() < 0.7 else stripes))
    return _pixels(image * (1 + 0.15 * rng.standard_normal((28, 28))))


def _photograph(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A scene in more or less light, with noise."""
    return _pixels(image * rng.uniform(0.6, 1.15) + 12 * rng.standard_normal(image.shape))


def _pixels(image: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(image, 0, 255)).astype(np.uint8)


# What stands in as drawings: the seed of its random numbers, and what becomes of a picture.
DRAWN = {"fashion_mnist": (1, _cloth), "cifar10": (2, _photograph)}
