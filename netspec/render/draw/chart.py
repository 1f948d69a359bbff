"""A graph as a picture: boxes in ranks from top to bottom, blocks as frames around them."""

from collections.abc import Iterator
from typing import Final

from netspec.render.draw.nesting import CARD, assembled, level_of, stacked
from netspec.render.draw.columns import columns
from netspec.render.draw.outline import Cell, Frame, Outline
from netspec.render.draw.plan import PAD, SHAPE_SIZE, TITLE_SIZE, Placed, Plan, box_title, frame_title, times
from netspec.render.draw.scene import Group, Panel, Part, Scene, Words, arrowhead, Polygon

_MARGIN: Final = 20.0


def chart(outline: Outline, title: str) -> Scene:
    level = level_of(outline.items, outline.edges)
    plan = assembled(level, columns(level).origins)
    xs = [x for wire in plan.wires for x, _ in wire.stroke.points]
    left, right = min(-plan.left, *xs), max(plan.right, *xs)
    from netspec.render.draw.scene import Stroke
    parts = []
    ys = [y for wire in plan.wires for _, y in wire.stroke.points]
    plan.height = max(plan.height, *(p.y + p.height for p in plan.placed), *ys)
    dx, dy = _MARGIN - left, _MARGIN - min(0, *ys)
    plan.height += dy - _MARGIN
    plan.placed = [Placed(p.item, p.x + dx, p.y + dy, p.width, p.height, p.depth) for p in plan.placed]
    for p in sorted(plan.placed, key=lambda p: p.depth):
        if isinstance(p.item, Frame): parts += _frame(p, p.item)
    for w in plan.wires:
        s = w.stroke.moved(dx, dy)
        parts.append(s)
        if w.arrow: parts.append(arrowhead(s))
    for p in plan.placed:
        if isinstance(p.item, Cell): parts.append(_box(p, p.item))
    return Scene(right - left + 2 * _MARGIN, plan.height + 2 * _MARGIN, title, "", tuple(parts))


def _frame(p, frame):
    fill = "frame-inner" if p.depth % 2 else "frame"
    if frame.times > 1:
        yield Panel(p.x + CARD, p.y + CARD, p.width, p.height, 8, fill, "frame-edge")
    yield Panel(p.x, p.y, p.width, p.height, 8, fill, "frame-edge")
    yield Words(p.x + 10, p.y + 15, frame_title(frame), TITLE_SIZE, "start", True, "muted")


def _box(p, cell):
    middle = p.x + p.width / 2
    parts = []
    if cell.times > 1:
        parts.append(Panel(p.x + 4, p.y + 4, p.width, p.height, 5, cell.role, f"{cell.role}-edge"))
    parts += [
        Panel(p.x, p.y, p.width, p.height, 5, cell.role, f"{cell.role}-edge"),
        Words(middle, p.y + 17, box_title(cell) + times(cell), TITLE_SIZE),
        Words(middle, p.y + 32, cell.shape, SHAPE_SIZE, colour="muted"),
    ]
    return Group(cell.names, tuple(parts))
