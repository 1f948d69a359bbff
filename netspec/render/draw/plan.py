"""Places and sizes: what the parts of a laid-out graph are before they are painted."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from netspec.render.draw.lettering import width
from netspec.render.draw.outline import Cell, Frame, Item
from netspec.render.draw.scene import Stroke

TITLE_SIZE: Final = 12.0
SHAPE_SIZE: Final = 11.0
_BOX_HEIGHT: Final = 40.0
_BOX_PAD: Final = 9.0
_NARROWEST: Final = 84.0


@dataclass(frozen=True, slots=True)
class Placed:
    """An item with its place. `depth` is the number of frames around it; values go up through what is `upward`."""

    item: Item
    x: float
    y: float
    width: float
    height: float
    depth: int = 0
    upward: bool = False

    def moved(self, dx: float, dy: float) -> "Placed":
        """The same at another place."""
        return replace(self, x=self.x + dx, y=self.y + dy)


@dataclass(frozen=True, slots=True)
class Wire:
    """A piece of the line by which a value goes from its box to its readers; at a reader it ends in an arrow."""

    value: int
    stroke: Stroke
    arrow: bool

    def moved(self, dx: float, dy: float) -> "Wire":
        """The same at another place."""
        return replace(self, stroke=self.stroke.moved(dx, dy))


@dataclass(frozen=True, slots=True)
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


def extent(placed: Sequence[Placed], wires: Sequence[Wire]) -> Plan:
    """A plan as large as what is in it."""
    points = [point for wire in wires for point in wire.stroke.points]
    xs = [*(p.x for p in placed), *(p.x + p.width for p in placed), *(x for x, _ in points)]
    bottom = max(*(p.y + p.height for p in placed), *(y for _, y in points), 0.0)
    return Plan(-min(xs), max(xs), bottom, placed, wires)


def upside_down(plan: Plan) -> Plan:
    """The plan for values that go up."""
    placed = [replace(p, y=plan.height - p.y - p.height, upward=True) for p in plan.placed]
    wires = [replace(wire, stroke=wire.stroke.mirrored(plan.height)) for wire in plan.wires]
    return replace(plan, placed=placed, wires=wires)


def box_title(cell: Cell) -> str:
    """The first line of a box: `conv3-64 + bn + relu`, `[conv3-64 + relu] x2`."""
    parts = " + ".join((cell.title, *cell.extras))
    return (f"[{parts}]" if cell.extras and cell.times > 1 else parts) + _times(cell)


def _times(item: Item) -> str:
    """How often an item stands there, if more than once."""
    return f" x{item.times}" if item.times > 1 else ""


def frame_title(frame: Frame) -> str:
    """The title of a frame: `bottleneck x3`."""
    return f"{frame.name}{_times(frame)}".strip()


def box_plan(cell: Cell) -> Plan:
    """A box as wide as its texts."""
    words = max(width(box_title(cell), TITLE_SIZE), width(cell.shape, SHAPE_SIZE))
    wide = max(words + 2 * _BOX_PAD, _NARROWEST)
    box = Placed(cell, -wide / 2, 0.0, wide, _BOX_HEIGHT)
    return Plan(wide / 2, wide / 2, _BOX_HEIGHT, (box,))
