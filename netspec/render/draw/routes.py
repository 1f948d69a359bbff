"""The lines of a level: straight along its ranks, curved between them, around the corner to the next column."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from netspec.render.draw.level import Level, Link
from netspec.render.draw.scene import Point, Stroke

TURN: Final = 16.0
"""How far below a column and above the next the line between them runs."""
_RADIUS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """The origin of each rank, and where the line from a rank to the next column goes up."""

    origins: Sequence[Point]
    gutters: dict[int, float] = field(default_factory=dict)


def route(level: Level, link: Link, sheet: Sheet) -> Stroke:
    """The line of a link."""
    dx, y = sheet.origins[link.rank]
    start = (link.xs[0] + dx, y + level.plan(link.source).height)
    points = [part for step in range(len(link.xs) - 1) for part in _step(level, link, step, sheet)]
    return Stroke(start, tuple(points))


def _step(level: Level, link: Link, step: int, sheet: Sheet) -> Iterator[tuple[Point, ...]]:
    rank = link.rank + step
    (x, y), (to, top) = sheet.origins[rank], sheet.origins[rank + 1]
    x, to = x + link.xs[step], to + link.xs[step + 1]
    bottom = y + level.heights[rank]
    if level.heights[rank] > (level.plan(link.source).height if step == 0 else 0.0):
        yield ((x, bottom),)
    if rank in sheet.gutters:
        up, low, high = sheet.gutters[rank], bottom + TURN, top - TURN
        yield from rounded(((x, bottom), (x, low), (up, low), (up, high), (to, high), (to, top)))
    else:
        yield curve((x, bottom), (to, top))


def curve(start: Point, end: Point) -> tuple[Point, ...]:
    """From one height to another, upright at both ends."""
    if abs(end[0] - start[0]) < 0.5:
        return (end,)
    half = (start[1] + end[1]) / 2
    return (start[0], half), (end[0], half), end


def rounded(points: Sequence[Point]) -> Iterator[tuple[Point, ...]]:
    """Through points whose lines are upright or level, with round corners."""
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_RADIUS, _distance(before, corner) / 2, _distance(corner, after) / 2)
        yield (_towards(corner, before, radius),)
        yield (
            _towards(corner, before, radius / 2),
            _towards(corner, after, radius / 2),
            _towards(corner, after, radius),
        )
    yield (points[-1],)


def _distance(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(start: Point, end: Point, by: float) -> Point:
    share = by / _distance(start, end) if start != end else 0.0
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
