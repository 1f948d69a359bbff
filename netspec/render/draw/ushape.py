"""Networks that shrink and grow again, drawn as a U: down on the left, up on the right, skips straight across.

That is how Ronneberger et al. 2015 draw U-Net (arXiv:1505.04597, figure 1).
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Final, NamedTuple

from netspec.render.draw.nesting import Edges, plan_of
from netspec.render.draw.outline import Cell, Item, Outline, cells
from netspec.render.draw.plan import Placed, Plan, Wire, extent, upside_down
from netspec.render.draw.routes import TURN, curve, rounded
from netspec.render.draw.scene import Point, Stroke

_GAP: Final = 26.0
_BETWEEN: Final = 140.0
"""Room between the two sides."""


class _Skip(NamedTuple):
    """A value that goes across: its edge, and the items that its ends are in."""

    edge: tuple[int, int]
    source: int
    target: int


def u_shape(outline: Outline) -> Plan | None:
    """The drawing as a U, where it is a chain of items with at least two skips, each within the one before."""
    where = {cell.key: number for number, item in enumerate(outline.items) for cell in cells((item,))}
    found = [_Skip((a, b), where[a], where[b]) for a, b in outline.edges if where[a] != where[b]]
    skips = sorted((skip for skip in found if skip.target > skip.source + 1), key=attrgetter("source"))
    steps = {(step.edge[0], step.source, step.target) for step in found if step.target == step.source + 1}
    if len(skips) < 2 or sorted(step[1:] for step in steps) != list(pairwise(range(len(outline.items)))):
        return None
    if any(a.source >= b.source or a.target <= b.target for a, b in pairwise(skips)):
        return None
    return _drawn(outline, skips)


def _drawn(outline: Outline, skips: Sequence[_Skip]) -> Plan | None:
    across = {skip.edge for skip in skips}
    edges = [edge for edge in outline.edges if edge not in across]
    turn = skips[-1].target
    plans = [plan_of(item, edges) for item in outline.items]
    plans[turn:] = map(upside_down, plans[turn:])
    distance = max(plan.right for plan in plans[:turn]) + _BETWEEN + max(plan.left for plan in plans[turn:])
    xs = [0.0 if number < turn else distance for number in range(len(plans))]
    origins = list(zip(xs, _heights(plans, skips), strict=True))
    placed = [p.moved(*at) for plan, at in zip(plans, origins, strict=True) for p in plan.placed]
    wires = [wire.moved(*at) for plan, at in zip(plans, origins, strict=True) for wire in plan.wires]
    boxes = {p.item.key: p for p in placed if isinstance(p.item, Cell)}
    if any(_blocked(boxes, *skip.edge) for skip in skips):
        return None
    wires += [_across(*(boxes[key] for key in skip.edge)) for skip in skips]
    wires += _chain(outline.items, edges, plans, origins, turn)
    return extent(placed, wires)


def _heights(plans: Sequence[Plan], skips: Sequence[_Skip]) -> list[float]:
    """The top of each item, so that the ends of every skip are level."""
    tops = [0.0] * len(plans)
    down = up = 0.0
    left, right = 0, len(plans) - 1
    for (source, target), first, last in skips:
        down, up = (
            _below(plans, tops, range(left, first), down),
            _below(plans, tops, range(right, last, -1), up),
        )
        a, b = _middle(plans[first], source), _middle(plans[last], target)
        level = max(down + a, up + b)
        tops[first], tops[last] = level - a, level - b
        down, up = (tops[number] + plans[number].height + _GAP for number in (first, last))
        left, right = first + 1, last - 1
    _below(plans, tops, range(left, right + 1), down)
    return tops


def _below(plans: Sequence[Plan], tops: list[float], numbers: Sequence[int], y: float) -> float:
    """Put items below one another from a height on; gives the height below them."""
    for number in numbers:
        tops[number] = y
        y += plans[number].height + _GAP
    return y


def _middle(plan: Plan, key: int) -> float:
    return next(p.y + p.height / 2 for p in plan.placed if isinstance(p.item, Cell) and p.item.key == key)


def _blocked(boxes: dict[int, Placed], source: int, target: int) -> bool:
    """Whether a box stands in the way of a skip."""
    start, end = boxes[source], boxes[target]
    y = start.y + start.height / 2
    return any(
        start.x + start.width < box.x + box.width and box.x < end.x and box.y <= y <= box.y + box.height
        for key, box in boxes.items()
        if key not in (source, target)
    )


def _across(start: Placed, end: Placed) -> Wire:
    y = start.y + start.height / 2
    assert isinstance(start.item, Cell)
    return Wire(start.item.key, Stroke((start.x + start.width, y), (((end.x, y),),)), arrow=True)


def _chain(
    items: Sequence[Item], edges: Edges, plans: Sequence[Plan], origins: Sequence[Point], turn: int
) -> Iterator[Wire]:
    """The lines from each item to the next: down, around the bottom, and up."""
    keys = [{cell.key for cell in cells((item,))} for item in items]
    for number, (before, after) in enumerate(pairwise(keys), start=1):
        value = next(a for a, b in edges if a in before and b in after)
        (x, y), (to, top) = origins[number - 1], origins[number]
        start = (
            x + plans[number - 1].exits.get(value, 0.0),
            y + (plans[number - 1].height if number <= turn else 0.0),
        )
        end = (
            to + plans[number].entries.get(value, 0.0),
            top + (plans[number].height if number >= turn else 0.0),
        )
        low = max(start[1], end[1]) + TURN
        parts = (
            tuple(rounded((start, (start[0], low), (end[0], low), end)))
            if number == turn
            else (curve(start, end),)
        )
        yield Wire(value, Stroke(start, parts), arrow=isinstance(items[number], Cell))
