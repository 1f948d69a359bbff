"""One level of a drawing of a graph: the items of a block, or of the whole network, and the lines between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from netspec.render.draw.layering import layered
from netspec.render.draw.outline import Item, cells
from netspec.render.draw.placing import Extent, Placing, spread
from netspec.render.draw.plan import Plan

_BESIDE: Final = 20.0
"""Room between neighbours of one rank."""
_GAP: Final = 26.0
_STEEPNESS: Final = 0.07
_WIDEST_GAP: Final = 56.0
_CORNER: Final = 12.0
"""Lines meet a box at least so far from its corners."""


@dataclass(frozen=True, slots=True)
class Link:
    """The line of a value from one vertex to another: its axes from `rank` on, one on each rank."""

    source: int
    target: int
    value: int
    rank: int
    xs: tuple[float, ...]


class Level:
    """Items, laid out. Vertices are the values that come in, then the items, then the values that go out."""

    def __init__(self, items: Sequence[Item], plans: Sequence[Plan], edges: Sequence[tuple[int, int]]) -> None:
        inside = {cell.key: number for number, item in enumerate(items) for cell in cells((item,))}
        self.items = items
        self.entering = _distinct(a for a, b in sorted(edges, key=_reader) if a not in inside)
        self.exiting = _distinct(a for a, b in edges if b not in inside)
        self.first = len(self.entering)
        self.after = self.first + len(items)
        self.plans = [*(Plan(0, 0, 0) for _ in self.entering), *plans, *(Plan(0, 0, 0) for _ in self.exiting)]
        pairs = self._pairs(edges, inside)
        self._lay_out(pairs)

    def _pairs(self, edges: Sequence[tuple[int, int]], inside: dict[int, int]) -> list[tuple[int, int, int]]:
        """Source, target and value of each line; those within an item are the item's own."""
        found = {}
        for a, b in edges:
            source = self.first + inside[a] if a in inside else self.entering.index(a)
            target = self.first + inside[b] if b in inside else self.after + self.exiting.index(a)
            if source != target:
                found[source, target, a] = None
        return list(found)

    def _lay_out(self, pairs: Sequence[tuple[int, int, int]]) -> None:
        last = range(self.after, len(self.plans))
        layering = layered(len(self.plans), [(a, b) for a, b, _ in pairs], last)
        offsets = {}
        for path, (a, b, value) in zip(layering.paths, pairs, strict=True):
            offsets[a, path[1]] = (self.plans[a].exits.get(value, 0.0), 0.0)
            leaves = offsets[a, b][0] if len(path) == 2 else 0.0
            offsets[path[-2], b] = (leaves, self.plans[b].entries.get(value, 0.0))
        knots = [Extent(0.0, 0.0)] * (len(layering.above) - len(self.plans))
        self.extents = [*(Extent(plan.left, plan.right) for plan in self.plans), *knots]
        boxes = range(self.first, self.after)
        self.x = Placing(layering, self.extents, offsets, boxes, _BESIDE).axes()
        self.ranks = layering.ranks
        rank_of = {vertex: rank for rank, vertices in enumerate(self.ranks) for vertex in vertices}
        self.links = self._links(pairs, layering.paths, rank_of)
        self.heights = [
            max((self.plans[v].height for v in rank if v < len(self.plans)), default=0.0) for rank in self.ranks
        ]
        self.gaps = [self._gap(rank) for rank in range(len(self.ranks) - 1)]

    def _links(
        self, pairs: Sequence[tuple[int, int, int]], paths: Sequence[list[int]], rank_of: dict[int, int]
    ) -> list[Link]:
        found, coming = [], dict[int, list[int]]()
        for number, (path, (a, b, value)) in enumerate(zip(paths, pairs, strict=True)):
            xs = [self.x[vertex] for vertex in path]
            xs[0] += self.plans[a].exits.get(value, 0.0)
            xs[-1] += self.plans[b].entries.get(value, 0.0)
            found.append(Link(a, b, value, rank_of[a], tuple(xs)))
            coming.setdefault(b, []).append(number)
        for target, numbers in coming.items():
            if self.is_box(target):
                self._attach(found, target, numbers)
        return found

    def is_box(self, vertex: int) -> bool:
        """Whether lines end at this vertex, and do not go on inside it."""
        return self.first <= vertex < self.after and not self.plans[vertex].placed

    def _attach(self, links: list[Link], target: int, numbers: list[int]) -> None:
        """Spread the lines that come to a box over its upper edge."""
        numbers = sorted(numbers, key=lambda number: links[number].xs[-2])
        middle = self.x[target]
        wishes = [links[number].xs[-2] - middle for number in numbers]
        for number, at in zip(numbers, spread(wishes, self.plans[target].left - _CORNER), strict=True):
            link = links[number]
            xs = (*link.xs[:-1], middle + at)
            links[number] = Link(link.source, link.target, link.value, link.rank, xs)

    def reach(self, first: int, stop: int) -> tuple[float, float]:
        """How far the ranks from `first` up to, not including, `stop` reach to the left and to the right."""
        extents = [(self.x[v], self.extents[v]) for rank in self.ranks[first:stop] for v in rank]
        return min(x - e.left for x, e in extents), max(x + e.right for x, e in extents)

    def steps(self, rank: int) -> list[tuple[float, float]]:
        """The lines in the gap below a rank: where each begins and where it ends."""
        return [
            link.xs[rank - link.rank : rank - link.rank + 2]  # type: ignore[misc]  two of them
            for link in self.links
            if link.rank <= rank < link.rank + len(link.xs) - 1
        ]

    def _gap(self, rank: int) -> float:
        """Room below a rank: the more, the further the lines have to go sideways."""
        furthest = max((abs(b - a) for a, b in self.steps(rank)), default=0.0)
        outer = (rank == 0 and self.entering) or (rank == len(self.ranks) - 2 and self.exiting)
        return min((_GAP / 2 if outer else _GAP) + _STEEPNESS * furthest, _WIDEST_GAP)


def _reader(edge: tuple[int, int]) -> int:
    return edge[1]


def _distinct(values: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(values))
