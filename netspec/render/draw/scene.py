"""A picture as plain primitives with a bounding box; `vector` writes it as SVG, `raster` as PNG.

Lengths are CSS pixels, x to the right and y down. Colours are names of `palette`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import hypot
from typing import Literal, TypeAlias

Point: TypeAlias = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed area with straight edges."""

    points: tuple[Point, ...]
    fill: str
    edge: str | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """A rectangle with rounded corners; `x` and `y` are its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    radius: float
    fill: str
    edge: str | None = None


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line from `start` on: each part goes straight to a point, or along a cubic Bezier curve of three points."""

    start: Point
    parts: tuple[tuple[Point, ...], ...]
    colour: str = "line"
    width: float = 1.4

    @property
    def end(self) -> Point:
        """The point where the line ends."""
        return self.parts[-1][-1]

    @property
    def points(self) -> tuple[Point, ...]:
        """The points that the line goes through, and those that draw its curves."""
        return (self.start, *(point for part in self.parts for point in part))

    def moved(self, dx: float, dy: float) -> "Stroke":
        """The line at another place."""
        parts = tuple(tuple((x + dx, y + dy) for x, y in part) for part in self.parts)
        return Stroke((self.start[0] + dx, self.start[1] + dy), parts, self.colour, self.width)

    def mirrored(self, height: float) -> "Stroke":
        """The line upside down between 0 and `height`."""
        parts = tuple(tuple((x, height - y) for x, y in part) for part in self.parts)
        return Stroke((self.start[0], height - self.start[1]), parts, self.colour, self.width)


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; `x` is where its anchor is, `y` its baseline, `size` the font's height."""

    x: float
    y: float
    text: str
    size: float = 12
    anchor: Anchor = "middle"
    strong: bool = False
    colour: str = "text"


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that belong together, with a text that viewers show beside the pointer and read aloud."""

    title: str
    parts: tuple["Part", ...]


Part: TypeAlias = Polygon | Panel | Stroke | Words | Group


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture. Its parts lie within `width` and `height`, later ones over earlier ones."""

    width: float
    height: float
    title: str
    description: str
    parts: tuple[Part, ...]


def leaves(parts: Iterable[Part]) -> Iterator[Polygon | Panel | Stroke | Words]:
    """The primitives themselves, out of their groups."""
    for part in parts:
        if isinstance(part, Group):
            yield from leaves(part.parts)
        else:
            yield part


def arrowhead(stroke: Stroke, length: float = 7, spread: float = 3) -> Polygon:
    """The head of an arrow at the end of a line, in the direction in which the line comes in."""
    tip = stroke.end
    tail = next((point for point in reversed(stroke.points) if point != tip), (tip[0], tip[1] - 1))
    dx, dy = tip[0] - tail[0], tip[1] - tail[1]
    along = length / hypot(dx, dy)
    across = spread / hypot(dx, dy)
    x, y = tip[0] - dx * along, tip[1] - dy * along
    return Polygon(
        (tip, (x - dy * across, y + dx * across), (x + dy * across, y - dx * across)), stroke.colour
    )
