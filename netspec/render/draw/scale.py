"""How large a value is drawn as a volume.

Sizes grow with the square root, so that 224x224x64 and a vector of 4096 can stand side by side: four times as many
rows or channels are drawn twice as large. Heights and depths have one unit, widths have another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod, sqrt
from typing import Final

from netspec.layers.base import Shape

_HIGHEST: Final = 170.0
_WIDEST: Final = 150.0
_LARGEST_UNIT: Final = 22.0
"""Pixels for one row, however few there are; a vector is a bar as thick as that."""
_THINNEST: Final = 2.0
"""Nothing is drawn thinner."""


@dataclass(frozen=True, slots=True)
class Extents:
    """A value's axes as the drawing has them: rows, columns behind one another, channels frame after frame."""

    rows: int
    columns: int
    channels: int
    frames: int


def extents(shape: Shape) -> Extents:
    """What is drawn of a shape: a vector has channels only, a signal rows too, a film frames side by side."""
    channels = shape.channels if shape.tokens is None else 1
    spatial = shape.spatial
    rows, columns = {0: (1, 1), 1: (*spatial, 1)}.get(shape.rank, spatial[-2:])
    return Extents(rows, columns, channels, prod(spatial[:-2]))


@dataclass(frozen=True, slots=True)
class Scale:
    """Pixels for the square root of a row or column, and for that of a channel."""

    spatial: float
    channel: float

    def height(self, shape: Shape) -> float:
        """By the rows."""
        return max(_THINNEST, self.spatial * sqrt(extents(shape).rows))

    def depth(self, shape: Shape) -> float:
        """By the columns."""
        return max(_THINNEST, self.spatial * sqrt(extents(shape).columns))

    def width(self, shape: Shape) -> float:
        """By the channels of all frames."""
        found = extents(shape)
        return max(_THINNEST, self.channel * sqrt(found.channels * found.frames))


def scale_for(shapes: Iterable[Shape]) -> Scale:
    """The scale at which the largest of these fits."""
    found = [extents(shape) for shape in shapes]
    sides = max(max(x.rows, x.columns) for x in found)
    widths = max(x.channels * x.frames for x in found)
    return Scale(min(_LARGEST_UNIT, _HIGHEST / sqrt(sides)), min(_LARGEST_UNIT, _WIDEST / sqrt(widths)))
