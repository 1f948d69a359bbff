"""Frames in frames: the drawing of a graph, laid out from the innermost blocks outwards."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from netspec.render.draw.level import Level, Link
from netspec.render.draw.lettering import width
from netspec.render.draw.outline import Cell, Frame, Item, cells
from netspec.render.draw.plan import PAD, TITLE_SIZE, Placed, Plan, Wire, box_plan, frame_title
from netspec.render.draw.scene import Point, Stroke

BAND: Final = 22.0
"""Height of a frame's line of title."""
CARD: Final = 5.0
"""By how much the second card of a repeat looks out behind the first."""


def level_of(items: Sequence[Item], edges: Sequence[tuple[int, int]]) -> Level:
    """Items laid out, with everything in them."""
    return Level(items, [_plan(item, edges) for item in items], edges)


def _plan(item: Item, edges: Sequence[tuple[int, int]]) -> Plan:
    if isinstance(item, Cell):
        return box_plan(item)
    keys = {cell.key for cell in cells(item.items)}
    level = level_of(item.items, [(a, b) for a, b in edges if a in keys or b in keys])
    return _framed(item, assembled(level, stacked(level, top=BAND)))


def stacked(level: Level, top: float = 0.0) -> list[Point]:
    """The origin of each rank where they stand below one another; values come in at 0."""
    y, origins = top, []
    for rank, height in enumerate(level.heights):
        origins.append((0.0, 0.0 if rank == 0 and level.entering else y))
        if not (rank == 0 and level.entering):
            y += height
        if rank < len(level.gaps):
            y += level.gaps[rank]
    return origins


def assembled(level: Level, origins: Sequence[Point]) -> Plan:
    """A level with its ranks at their origins; `entries` and `exits` lie on its upper and lower edge."""
    placed, wires = [], []
    for rank, (dx, y) in enumerate(origins):
        for vertex in level.ranks[rank]:
            if level.first <= vertex < level.after:
                inner = level.plans[vertex]
                item = level.items[vertex - level.first]
                x = level.x[vertex] + dx
                if not inner.placed:
                    placed.append(Placed(item, x - inner.left, y, inner.left + inner.right, inner.height))
                placed += [replace(p, x=p.x + x, y=p.y + y) for p in inner.placed]
                wires += [replace(w, stroke=w.stroke.moved(x, y)) for w in inner.wires]
    wires += [
        Wire(link.value, stroke_of(level, link, origins), level.is_box(link.target)) for link in level.links
    ]
    return Plan(
        max((-p.x for p in placed), default=0.0),
        max((p.x + p.width for p in placed), default=0.0),
        origins[-1][1] + level.heights[-1],
        placed,
        wires,
        {value: level.x[vertex] for vertex, value in enumerate(level.entering)},
        {value: level.x[vertex] for vertex, value in enumerate(level.exiting, start=level.after)},
    )


def stroke_of(level: Level, link: Link, origins: Sequence[Point]) -> Stroke:
    """A line that goes straight along the ranks and in curves between them."""
    dx, y = origins[link.rank]
    start = (link.xs[0] + dx, y + level.plans[link.source].height)
    return Stroke(start, tuple(_route(level, link, origins)))


def _route(level: Level, link: Link, origins: Sequence[Point]) -> Iterator[tuple[Point, ...]]:
    height = level.plans[link.source].height
    for step, (x, to) in enumerate(zip(link.xs, link.xs[1:], strict=False)):
        rank = link.rank + step
        x, to = x + origins[rank][0], to + origins[rank + 1][0]
        bottom = origins[rank][1] + level.heights[rank]
        top = origins[rank + 1][1]
        if level.heights[rank] > (height if step == 0 else 0):
            yield ((x, bottom),)
        if origins[rank + 1][0] != origins[rank][0]:
            yield from _over(level, rank, origins, x, to)
        elif abs(to - x) < 0.5:
            yield ((to, top),)
        else:
            half = (top - bottom) / 2
            yield (x, bottom + half), (to, top - half), (to, top)


def _over(level, rank, origins, x, to):
    bottom = origins[rank][1] + level.heights[rank]
    first = max(r for r in range(rank + 2) if r == 0 or origins[r][0] != origins[r - 1][0])
    left, _ = level.reach(first, len(level.ranks))
    stop = next((r for r in range(first + 1, len(origins)) if origins[r][0] != origins[first][0]), len(origins))
    gutter = origins[first][0] + level.reach(first, stop)[0] - 28
    low, high, r = bottom + 14, -14, 10
    yield ((x, low - r),)
    yield ((x, low - r / 2), (x + r / 2, low), (x + r, low))
    yield ((gutter - r, low),)
    yield ((gutter - r / 2, low), (gutter, low - r / 2), (gutter, low - r))
    yield ((gutter, high + r),)
    yield ((gutter, high + r / 2), (gutter + r / 2, high), (gutter + r, high))
    yield ((to - r, high),)
    yield ((to - r / 2, high), (to, high + r / 2), (to, high + r))
    yield ((to, origins[rank + 1][1]),)


def _framed(frame: Frame, inner: Plan) -> Plan:
    """The content of a frame with room around it, and to the left of the first line enough for the title."""
    title = width(frame_title(frame), TITLE_SIZE, strong=True)
    room = PAD + title + 10
    lines = [x for wire in inner.wires for x, _ in wire.stroke.points]
    left = max(max((-x for x in lines), default=0.0), inner.left) + PAD
    right = max(max(lines, default=0.0), inner.right) + PAD
    first = min(inner.entries.values(), default=right)
    left = max(left, room - first)
    height = inner.height + (0 if inner.exits else PAD)
    card = CARD if frame.times > 1 else 0.0
    outer = Placed(frame, -left, 0.0, left + right, height)
    placed = [outer, *(replace(p, depth=p.depth + 1) for p in inner.placed)]
    return Plan(left, right + card, height, placed, inner.wires, inner.entries, inner.exits)
