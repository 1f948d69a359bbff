"""A graph as a picture: boxes in ranks from top to bottom, blocks as frames around them."""

from collections.abc import Iterator
from operator import attrgetter
from typing import Final

from netspec.render.draw.columns import columns
from netspec.render.draw.nesting import CARD, assembled, level_of
from netspec.render.draw.outline import Cell, Frame, Outline, cells
from netspec.render.draw.page import MARGIN, head, page
from netspec.render.draw.plan import SHAPE_SIZE, TITLE_SIZE, Placed, Plan, box_title, extent, frame_title
from netspec.render.draw.scene import Group, Panel, Part, Scene, Words, arrowhead
from netspec.render.draw.ushape import u_shape
from netspec.render.text import count

_ROUND: Final = 5.0
_FRAME_ROUND: Final = 9.0
_BOX_CARD: Final = 4.0


def chart(outline: Outline, title: str) -> Scene:
    """The picture of a folded graph: as a U where it is one, else in columns."""
    plan = u_shape(outline) or _in_columns(outline)
    highest = min([0.0, *(y for wire in plan.wires for _, y in wire.stroke.points)])
    parts = tuple(_parts(plan, MARGIN + plan.left, head(title) - highest))
    size = (plan.left + plan.right, plan.height - highest)
    roles = {cell.role for cell in cells(outline.items)}
    return page(title, _description(outline), parts, size, roles, "")


def _in_columns(outline: Outline) -> Plan:
    level = level_of(outline.items, outline.edges)
    plan = assembled(level, columns(level))
    return extent(plan.placed, plan.wires)


def _description(outline: Outline) -> str:
    found = list(cells(outline.items))
    first, last = (f"{box_title(cell)} {cell.shape}" for cell in (found[0], found[-1]))
    lines = count(len(outline.edges), "line")
    return f"A graph of {len(found)} layers and {lines}, from {first} to {last}."


def _parts(plan: Plan, dx: float, dy: float) -> Iterator[Part]:
    """Frames from the outermost inwards, then lines, then boxes over their ends."""
    placed = [p.moved(dx, dy) for p in plan.placed]
    for p in sorted(placed, key=attrgetter("depth")):
        if isinstance(p.item, Frame):
            yield from _frame(p, p.item)
    for wire in plan.wires:
        stroke = wire.stroke.moved(dx, dy)
        yield stroke
        if wire.arrow:
            yield arrowhead(stroke)
    for p in placed:
        if isinstance(p.item, Cell):
            yield _box(p, p.item)


def _frame(p: Placed, frame: Frame) -> Iterator[Part]:
    fill = "frame-inner" if p.depth % 2 else "frame"
    if frame.times > 1:
        yield _card(p, CARD, _FRAME_ROUND, fill, "frame-edge")
    yield Panel(p.x, p.y, p.width, p.height, _FRAME_ROUND, fill, "frame-edge")
    y = p.y + (p.height - 8 if p.upward else 15)
    yield Words(p.x + 10, y, frame_title(frame), TITLE_SIZE, "start", strong=True, colour="muted")


def _card(p: Placed, by: float, radius: float, fill: str, edge: str) -> Panel:
    """The second card of a repeat; it looks out on the side where no arrow comes in."""
    return Panel(p.x + by, p.y + (-by if p.upward else by), p.width, p.height, radius, fill, edge)


def _box(p: Placed, cell: Cell) -> Group:
    middle = p.x + p.width / 2
    edge = f"{cell.role}-edge"
    behind = [_card(p, _BOX_CARD, _ROUND, cell.role, edge)] if cell.times > 1 else []
    parts: tuple[Part, ...] = (
        *behind,
        Panel(p.x, p.y, p.width, p.height, _ROUND, cell.role, edge),
        Words(middle, p.y + 17, box_title(cell), TITLE_SIZE),
        Words(middle, p.y + 32, cell.shape, SHAPE_SIZE, colour="shape"),
    )
    return Group(cell.names, parts)
