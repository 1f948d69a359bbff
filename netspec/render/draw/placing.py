"""Where the vertices of a layering stand from left to right: on straight lines, as near as their widths allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from netspec.render.draw.layering import Layering

_SWEEPS: Final = 6
_HEAVY: Final = 1.0
_LIGHT: Final = 0.01
"""A knot gives way to a box, so that the main chain runs straight and lines run around it."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a vertex reaches to both sides of its axis."""

    left: float
    right: float


def placed(
    layering: Layering,
    extents: Sequence[Extent],
    offsets: dict[tuple[int, int], tuple[float, float]],
    gap: float,
) -> list[float]:
    """The axis of each vertex. `offsets` has for edges where they leave the first and enter the second axis."""
    x = _packed(layering, extents, gap)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for rank in layering.ranks if down else reversed(layering.ranks):
            _settle(rank, x, _wishes(layering, rank, x, offsets, down=down), extents, gap)
    return x


def _packed(layering: Layering, extents: Sequence[Extent], gap: float) -> list[float]:
    x = [0.0] * len(extents)
    for rank in layering.ranks:
        right = 0.0
        for place, vertex in enumerate(rank):
            x[vertex] = right + extents[vertex].left if place else 0.0
            right = x[vertex] + extents[vertex].right + gap
    return x


def _wishes(
    layering: Layering,
    rank: list[int],
    x: list[float],
    offsets: dict[tuple[int, int], tuple[float, float]],
    *,
    down: bool,
) -> list[float]:
    """Where each vertex would stand were it alone: below, or above, the mean of its neighbours."""
    if len(rank) == 1 and rank[0] < layering.real:
        return [0.0]
    wishes = []
    for vertex in rank:
        total = weight = 0.0
        for other in layering.above[vertex] if down else layering.below[vertex]:
            a, b = (other, vertex) if down else (vertex, other)
            leaves, enters = offsets.get((a, b), (0.0, 0.0))
            shift = leaves - enters if down else enters - leaves
            heavy = _HEAVY if other < layering.real or vertex >= layering.real else _LIGHT
            total += heavy * (x[other] + shift)
            weight += heavy
        wishes.append(total / weight if weight else x[vertex])
    return wishes


def _settle(
    rank: list[int], x: list[float], wishes: list[float], extents: Sequence[Extent], gap: float
) -> None:
    """Places nearest to the wishes by weighted squares, by pooling neighbours that would overlap (Ayer 1955)."""
    shift, shifts = 0.0, []
    for place, vertex in enumerate(rank):
        if place:
            shift += extents[rank[place - 1]].right + gap + extents[vertex].left
        shifts.append(shift)
    pools: list[tuple[float, float, int]] = []
    for wish, vertex, by in zip(wishes, rank, shifts, strict=True):
        weight = _LIGHT if extents[vertex].left + extents[vertex].right < 1 else _HEAVY
        pool = ((wish - by) * weight, weight, 1)
        while pools and pools[-1][0] / pools[-1][1] > pool[0] / pool[1]:
            last = pools.pop()
            pool = (pool[0] + last[0], pool[1] + last[1], pool[2] + last[2])
        pools.append(pool)
    at = iter(zip(rank, shifts, strict=True))
    for total, weight, members in pools:
        for _ in range(members):
            vertex, by = next(at)
            x[vertex] = total / weight + by
