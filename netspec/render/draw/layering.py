"""The vertices of one level of a drawing in ranks from top to bottom, in each rank from left to right.

The method is that of Sugiyama, Tagawa and Toda 1981, Methods for visual understanding of hierarchical system
structures: a rank by the longest path, a knot on every rank that an edge passes, and an order by barycentres.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from netspec.render.draw.outline import DrawingError

_SWEEPS: Final = 12
MOST_KNOTS: Final = 12_000
"""Past so many places where a line passes a rank the drawing is refused; DenseNet's largest block has 276."""


@dataclass
class Layering:
    """Vertices from 0 on; those from `real` on are the knots of `paths`, one path of vertices for each edge."""

    ranks: list[list[int]]
    paths: list[list[int]]
    real: int
    above: list[list[int]] = field(default_factory=list)
    below: list[list[int]] = field(default_factory=list)


def layered(vertices: int, edges: Sequence[tuple[int, int]], last: Sequence[int] = ()) -> Layering:
    """Ranks for `vertices` whose edges lead to later ones; those of `last` stand alone in the last rank."""
    rank = _ranks(vertices, edges, last)
    _check_knots(sum(rank[b] - rank[a] - 1 for a, b in edges))
    ranks: list[list[int]] = [[] for _ in range(max(rank) + 1)]
    for vertex in range(vertices):
        ranks[rank[vertex]].append(vertex)
    paths = []
    number = vertices
    for a, b in edges:
        knots = range(number, number + rank[b] - rank[a] - 1)
        for step, knot in enumerate(knots, start=1):
            ranks[rank[a] + step].append(knot)
        number = knots.stop if knots else number
        paths.append([a, *knots, b])
    found = Layering(ranks, paths, vertices, [[] for _ in range(number)], [[] for _ in range(number)])
    for path in paths:
        for a, b in pairwise(path):
            found.below[a].append(b)
            found.above[b].append(a)
    _order(found)
    return found


def _check_knots(number: int) -> None:
    if number > MOST_KNOTS:
        raise DrawingError(
            "too many lines would run side by side in the drawing: values are read too far from where they come"
        )


def _ranks(vertices: int, edges: Sequence[tuple[int, int]], last: Sequence[int]) -> list[int]:
    rank = [0] * vertices
    for a, b in sorted(edges, key=lambda edge: edge[1]):
        rank[b] = max(rank[b], rank[a] + 1)
    bottom = max((rank[v] for v in range(vertices) if v not in last), default=0) + 1
    for vertex in last:
        rank[vertex] = bottom
    return rank


def _order(found: Layering) -> None:
    """The best of the orders that alternate sweeps down and up give, the first of equals."""
    best, fewest = [list(rank) for rank in found.ranks], _crossings(found)
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        down = sweep % 2 == 0
        beside = found.above if down else found.below
        for rank in found.ranks[1:] if down else found.ranks[-2::-1]:
            _sort(rank, beside, _places(found))
        crossings = _crossings(found)
        if crossings < fewest:
            best, fewest = [list(rank) for rank in found.ranks], crossings
    found.ranks = best


def _places(found: Layering) -> dict[int, int]:
    return {vertex: place for rank in found.ranks for place, vertex in enumerate(rank)}


def _sort(rank: list[int], beside: list[list[int]], place: dict[int, int]) -> None:
    def barycentre(vertex: int) -> float:
        near = beside[vertex]
        return sum(place[other] for other in near) / len(near) if near else place[vertex]

    rank.sort(key=barycentre)


def _crossings(found: Layering) -> int:
    """How many pairs of edges between neighbouring ranks cross."""
    place = _places(found)
    number = 0
    for rank in found.ranks:
        ends = [place[b] for a in rank for b in sorted(found.below[a], key=place.__getitem__)]
        number += _inversions(ends)
    return number


def _inversions(ends: list[int]) -> int:
    """Pairs in the wrong order, counted while sorting by insertion into a tree of counts (Fenwick 1994)."""
    tree = [0] * (max(ends, default=0) + 2)
    number = 0
    for seen, end in enumerate(ends):
        at, before = end + 1, 0
        while at > 0:
            before += tree[at]
            at -= at & -at
        number += seen - before
        at = end + 1
        while at < len(tree):
            tree[at] += 1
            at += at & -at
    return number
