"""Places and sizes: what the parts of a laid-out graph are before they are painted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from netspec.render.draw.lettering import width
from netspec.render.draw.outline import Cell, Frame, Item
from netspec.render.draw.scene import Stroke

TITLE_SIZE: Final = 12.0
SHAPE_SIZE: Final = 11.0
PAD: Final = 14.0
"""Room between a frame and what is in it."""
_BOX_HEIGHT: Final = 40.0
_BOX_PAD: Final = 9.0
_NARROWEST: Final = 84.0


@dataclass(frozen=True, slots=True)
class Placed:
    """An item with its place; `depth` is the number of frames around it."""

    item: Item
    x: float
    y: float
    width: float
    height: float
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Wire:
    """A piece of the line by which a value goes from its box to its readers; at a reader it ends in an arrow."""

    value: int
    stroke: Stroke
    arrow: bool


@dataclass(slots=True)
class Plan:
    """A laid-out part around the axis x = 0, from y = 0 on.

    `entries` and `exits` say for each value where its line comes in at the top and goes out at the bottom; in a box
    that is anywhere and the middle.
    """

    left: float
    right: float
    height: float
    placed: Sequence[Placed] = ()
    wires: Sequence[Wire] = ()
    entries: dict[int, float] = field(default_factory=dict)
    exits: dict[int, float] = field(default_factory=dict)


def box_title(cell: Cell) -> str:
    """The first line of a box: `conv3-64 + bn + relu`."""
    return " + ".join((cell.title, *cell.extras))


def times(item: Item) -> str:
    """How often an item stands there, if more than once: ` x3`."""
    return f" x{item.times}" if item.times > 1 else ""


def frame_title(frame: Frame) -> str:
    """The title of a frame: `bottleneck x3`."""
    return f"{frame.name}{times(frame)}".strip()


def box_plan(cell: Cell) -> Plan:
    """A box as wide as its texts."""
    words = max(width(box_title(cell) + times(cell), TITLE_SIZE), width(cell.shape, SHAPE_SIZE))
    half = max(words / 2 + _BOX_PAD, _NARROWEST / 2)
    return Plan(half, half, _BOX_HEIGHT)
