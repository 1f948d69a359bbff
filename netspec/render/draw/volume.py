"""One value as an oblique box, with its texts below."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Final

from netspec.render.draw.boxes import Box, names
from netspec.render.draw.lettering import width
from netspec.render.draw.scale import Scale, extents
from netspec.render.draw.scene import Group, Part, Point, Polygon, Stroke, Words

TITLE_SIZE: Final = 12.0
SHAPE_SIZE: Final = 11.0
_EXTRA_SIZE: Final = 10.0
TEXT_HEIGHT: Final = 46.0
"""Of the three lines of text below a volume."""
_OBLIQUE: Final = 0.5 / sqrt(2)
"""Cabinet projection: what goes back is drawn half as long, at 45 degrees."""
_FINEST: Final = 3.0
"""Frames are told apart where they are at least so wide."""


@dataclass(frozen=True, slots=True)
class Volume:
    """A box of the chain and how often it stands there, with the sizes of its drawing."""

    box: Box
    times: int
    width: float
    height: float
    back: float

    @property
    def title(self) -> str:
        """The first line below it: `conv3-64 x2`."""
        return self.box.title + (f" x{self.times}" if self.times > 1 else "")

    @property
    def extras(self) -> str:
        """The third line: what its title leaves out, and what works in place on its values."""
        return ", ".join((*self.box.settings, *self.box.extras))

    @property
    def reach(self) -> float:
        """How far it reaches to both sides of its middle."""
        return (self.width + self.back) / 2

    @property
    def room(self) -> float:
        """The width that it takes together with its texts."""
        texts = (
            width(self.title, TITLE_SIZE, strong=True),
            width(self.box.written_shape, SHAPE_SIZE),
            width(self.extras, _EXTRA_SIZE),
        )
        return max(self.width + self.back, *texts)


def volume(box: Box, times: int, scale: Scale) -> Volume:
    """The volume of a box's output."""
    shape = box.shape
    return Volume(box, times, scale.width(shape), scale.height(shape), scale.depth(shape) * _OBLIQUE)


def drawn(volume: Volume, middle: float, axis: float, below: float) -> Group:
    """The volume around a point, its texts below a height."""
    x, y = middle - (volume.width + volume.back) / 2, axis - (volume.height + volume.back) / 2
    parts = (*_faces(volume, x, y), *_texts(volume, middle, below))
    return Group(names(volume.box), parts)


def _faces(volume: Volume, x: float, y: float) -> Iterator[Part]:
    """Front, top and side; the side has the colour of activations where one works on the values."""
    role, back = volume.box.role, volume.back
    right, low, high = x + volume.width, y + back + volume.height, y + back
    edge = f"{role}-edge"
    side = "activation" if volume.box.activated else f"{role}-side"
    yield Polygon(((x, high), (right, high), (right, low), (x, low)), role, edge)
    yield Polygon(((x, high), (x + back, y), (right + back, y), (right, high)), f"{role}-top", edge)
    yield Polygon(((right, high), (right + back, y), (right + back, low - back), (right, low)), side, edge)
    frames = extents(volume.box.shape).frames
    if frames > 1 and volume.width / frames >= _FINEST:
        for number in range(1, frames):
            at = x + volume.width * number / frames
            line: tuple[tuple[Point, ...], ...] = (((at, high),), ((at + back, y),))
            yield Stroke((at, low), line, edge, 1.0)


def _texts(volume: Volume, middle: float, below: float) -> Iterator[Part]:
    yield Words(middle, below + 12, volume.title, TITLE_SIZE, strong=True)
    yield Words(middle, below + 27, volume.box.written_shape, SHAPE_SIZE)
    if volume.extras:
        yield Words(middle, below + 41, volume.extras, _EXTRA_SIZE, colour="muted")
