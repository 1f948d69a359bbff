"""Frames in frames: the drawing of a graph, laid out from the innermost blocks outwards."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from netspec.render.draw.lettering import width
from netspec.render.draw.level import Level
from netspec.render.draw.outline import Cell, Frame, Item, cells
from netspec.render.draw.plan import TITLE_SIZE, Placed, Plan, Wire, box_plan, extent, frame_title
from netspec.render.draw.routes import Sheet, route

PAD: Final = 14.0
"""Room between a frame and what is in it."""
_BAND: Final = 22.0
"""Height of a frame's line of title."""
CARD: Final = 5.0
"""By how much the second card of a repeat looks out behind the first."""
_SMALL: Final = 3
"""A frame of so many boxes in the middle of branches is left out; it would only pull the branches apart."""

Edges = Sequence[tuple[int, int]]


def level_of(items: Sequence[Item], edges: Edges) -> Level:
    """Items laid out, with everything in them."""
    level = Level(items, [plan_of(item, edges) for item in items], edges)
    loose = [number for number in level.beside_boxes() if _is_small(items[number])]
    if not loose:
        return level
    opened: list[Item] = []
    for number, item in enumerate(items):
        opened += item.items if number in loose and isinstance(item, Frame) else (item,)
    return level_of(opened, edges)


def _is_small(item: Item) -> bool:
    return (
        isinstance(item, Frame)
        and item.times == 1
        and len(item.items) <= _SMALL
        and all(isinstance(inner, Cell) for inner in item.items)
    )


def plan_of(item: Item, edges: Edges) -> Plan:
    """A box, or a frame with what is in it."""
    if isinstance(item, Cell):
        return box_plan(item)
    keys = {cell.key for cell in cells(item.items)}
    level = level_of(item.items, [(a, b) for a, b in edges if a in keys or b in keys])
    return _framed(item, assembled(level, stacked(level)))


def stacked(level: Level) -> Sheet:
    """The ranks of a level below one another; values come in at 0, above the title of the frame."""
    y, origins = 0.0, []
    for rank, height in enumerate(level.heights):
        origins.append((0.0, y))
        y += _BAND if rank == 0 and level.entering else height
        y += level.gaps[rank] if rank < len(level.gaps) else 0.0
    return Sheet(origins)


def assembled(level: Level, sheet: Sheet) -> Plan:
    """A level on a sheet; `entries` and `exits` lie on its upper and lower edge."""
    placed: list[Placed] = []
    wires: list[Wire] = []
    for rank, (dx, y) in zip(level.ranks, sheet.origins, strict=True):
        for vertex in rank:
            plan, x = level.plan(vertex), level.x[vertex] + dx
            placed += [p.moved(x, y) for p in plan.placed]
            wires += [wire.moved(x, y) for wire in plan.wires]
    wires += [Wire(link.value, route(level, link, sheet), level.is_box(link.target)) for link in level.links]
    return replace(
        extent(placed, wires),
        height=sheet.origins[-1][1] + level.heights[-1],
        entries={value: level.x[vertex] for vertex, value in enumerate(level.entering)},
        exits={value: level.x[vertex] for vertex, value in enumerate(level.exiting, start=level.boxes.stop)},
    )


def _framed(frame: Frame, inner: Plan) -> Plan:
    """The content of a frame with room around it, and to the left of the first line enough for the title."""
    title = PAD + width(frame_title(frame), TITLE_SIZE, strong=True) + 10
    left = max(inner.left + PAD, title - min(inner.entries.values(), default=inner.right))
    right = inner.right + PAD
    height = inner.height + (0.0 if inner.exits else PAD)
    outer = Placed(frame, -left, 0.0, left + right, height)
    placed = [outer, *(replace(p, depth=p.depth + 1) for p in inner.placed)]
    card = CARD if frame.times > 1 else 0.0
    return replace(inner, left=left, right=right + card, height=height, placed=placed)
