"""What drawings are made of: SVG parts, on a grid of pixels with (0, 0) at the top left."""

from dataclasses import dataclass
from html import escape
from math import hypot

from coursekit.plots import PALETTE

FORWARD, BACKWARD = PALETTE[:2]
INK = "currentColor"
Point = tuple[float, float]


@dataclass(frozen=True)
class Drawing:
    """An SVG picture of `width` by `height` units of a pixel; it shrinks on a narrow page. `alt` says what it shows."""

    parts: tuple[str, ...]
    width: int
    height: int
    alt: str

    def _repr_html_(self) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-3 0 {self.width + 6} {self.height}" '
            f'width="{self.width}" role="img" aria-label="{escape(self.alt)}" '
            'style="max-width: 100%; height: auto" font-family="system-ui, sans-serif" font-size="17" '
            f'fill="{INK}">{"".join(self.parts)}</svg>'
        )

    def __repr__(self) -> str:
        return self.alt


def text(x: float, y: float, said: str, *, anchor: str = "middle", weight: int = 400, size: int = 17) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size}">'
        f"{escape(said)}</text>"
    )


def path(
    points: list[Point], *, color: str = INK, width: float = 1.6, dashed: bool = False, faint: bool = False
) -> str:
    look = ' stroke-dasharray="5 4"' * dashed + ' opacity="0.4"' * faint
    along = " L ".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M {along}" fill="none" stroke="{color}" stroke-width="{width:g}"{look}/>'


def edge(
    start: Point,
    end: Point,
    *,
    color: str = INK,
    width: float = 1.6,
    faint: bool = False,
    head: bool = True,
) -> str:
    """A line from start to end, with the head of an arrow at its end."""
    if not head:
        return path([start, end], color=color, width=width, faint=faint)
    length = hypot(end[0] - start[0], end[1] - start[1])
    along = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    size = 5 + width
    neck = (end[0] - size * along[0], end[1] - size * along[1])
    side = (-along[1] * size / 2, along[0] * size / 2)
    corners = [end, (neck[0] + side[0], neck[1] + side[1]), (neck[0] - side[0], neck[1] - side[1])]
    tip = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    look = ' opacity="0.4"' * faint
    return (
        path([start, neck], color=color, width=width, faint=faint)
        + f'<polygon points="{tip}" fill="{color}"{look}/>'
    )


def node(at: Point, said: str, *, radius: float = 18, color: str = INK) -> str:
    ring = f'<circle cx="{at[0]:g}" cy="{at[1]:g}" r="{radius:g}" fill="none" stroke="{color}" stroke-width="2"/>'
    return ring + text(at[0], at[1] + 6, said)


def dot(at: Point, *, hollow: bool = False) -> str:
    fill = "none" if hollow else FORWARD
    return f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="8" fill="{fill}" stroke="{FORWARD}" stroke-width="2.5"/>'


def rect(
    corner: Point,
    width: float,
    height: float | None = None,
    *,
    color: str = INK,
    stroke: float = 1.6,
    fill: str = "none",
    shade: float = 1.0,
    dashed: bool = False,
    faint: bool = False,
    rounded: float = 0,
) -> str:
    """A rectangle, a square without `height`; `stroke` is the width of its rim, `shade` the strength of its `fill`."""
    look = f' rx="{rounded:g}"' * bool(rounded) + f' fill-opacity="{shade:.2f}"' * (
        fill != "none" and shade < 1
    )
    look += f' stroke="{color}" stroke-width="{stroke:g}"' if stroke else ' stroke="none"'
    look += ' stroke-dasharray="5 4"' * dashed + ' stroke-opacity="0.4"' * faint
    size = f'width="{width:.5g}" height="{width if height is None else height:.5g}"'
    return f'<rect x="{corner[0]:.5g}" y="{corner[1]:.5g}" {size} fill="{fill}"{look}/>'


def box(corner: Point, width: float, height: float) -> str:
    """What is computed: a rectangle with round corners."""
    return rect(corner, width, height, rounded=7)


def grid(
    corner: Point, rows: int, columns: int, size: float, *, color: str = INK, faint: bool = False
) -> list[str]:
    """A table of square cells: faint lines, and a rim that is faint only where the whole is to be."""
    x, y = corner
    high, wide = rows * size, columns * size
    inner = [[(x, y + k * size), (x + wide, y + k * size)] for k in range(1, rows)]
    inner += [[(x + k * size, y), (x + k * size, y + high)] for k in range(1, columns)]
    return [
        *(path(line, color=color, width=1, faint=True) for line in inner),
        rect(corner, wide, high, color=color, faint=faint),
    ]


def number(value: float) -> str:
    return f"{value + 0.0:.4g}".replace("-", "−")
