"""One level of a drawing of a graph: the items of a block, or of the whole network, and the lines between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from netspec.render.draw.layering import Layering, layered
from netspec.render.draw.outline import Cell, Item, cells
from netspec.render.draw.pillars import MAIN
from netspec.render.draw.placing import Extent, Placing, spread
from netspec.render.draw.plan import Plan

_BESIDE: Final = 20.0
"""Room between neighbours of one rank."""
_GAP: Final = 26.0
_STEEPNESS: Final = 0.07
_WIDEST_GAP: Final = 56.0
_CORNER: Final = 12.0
"""Lines meet a box at least so far from its corners."""
_NOTHING: Final = Plan(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Link:
    """The line of a value from one vertex to another: its axes from `rank` on, one on each rank."""

    source: int
    target: int
    value: int
    rank: int
    xs: tuple[float, ...]

    @property
    def below(self) -> int:
        """The rank on which it ends."""
        return self.rank + len(self.xs) - 1


class Level:
    """Items, laid out. Vertices are the values that come in, then the items, then the values that go out."""

    def __init__(
        self, items: Sequence[Item], plans: Sequence[Plan], edges: Sequence[tuple[int, int]]
    ) -> None:
        inside = {cell.key: number for number, item in enumerate(items) for cell in cells((item,))}
        self.items = items
        self.entering = _distinct(a for a, b in sorted(edges, key=_reader) if a not in inside)
        self.exiting = _distinct(a for a, b in edges if b not in inside)
        self.boxes = range(len(self.entering), len(self.entering) + len(items))
        self.plans = [*(_NOTHING for _ in self.entering), *plans, *(_NOTHING for _ in self.exiting)]
        pairs = self._pairs(edges, inside)
        last = range(self.boxes.stop, len(self.plans))
        layering = layered(len(self.plans), [(a, b) for a, b, _ in pairs], last)
        self.ranks = layering.ranks
        self._place(layering, pairs)
        self.links = self._attached(self._links(layering, pairs))
        self.heights = [max((self.plan(v).height for v in rank), default=0.0) for rank in self.ranks]
        self.gaps = [self._gap(rank) for rank in range(len(self.ranks) - 1)]

    def _pairs(self, edges: Sequence[tuple[int, int]], inside: dict[int, int]) -> list[tuple[int, int, int]]:
        """Source, target and value of each line; those within an item are the item's own."""
        found: dict[tuple[int, int, int], None] = {}
        for a, b in edges:
            source = self.boxes[inside[a]] if a in inside else self.entering.index(a)
            target = self.boxes[inside[b]] if b in inside else self.boxes.stop + self.exiting.index(a)
            if source != target:
                found[source, target, a] = None
        return list(found)

    def _place(self, layering: Layering, pairs: Sequence[tuple[int, int, int]]) -> None:
        offsets = {}
        for path, (a, b, value) in zip(layering.paths, pairs, strict=True):
            offsets[a, path[1]] = (self.plans[a].exits.get(value, 0.0), 0.0)
            leaves = offsets[a, b][0] if len(path) == 2 else 0.0
            offsets[path[-2], b] = (leaves, self.plans[b].entries.get(value, 0.0))
        plans = map(self.plan, range(len(layering.above)))
        self._extents = [Extent(plan.left, plan.right) for plan in plans]
        placing = Placing(layering, self._extents, offsets, self.boxes, _BESIDE)
        self.x = placing.axes()
        self._main = {v for pillar in placing.pillars if pillar.tier == MAIN for v in pillar.vertices}

    def _links(self, layering: Layering, pairs: Sequence[tuple[int, int, int]]) -> list[Link]:
        rank_of = {vertex: rank for rank, vertices in enumerate(self.ranks) for vertex in vertices}
        found = []
        for path, (a, b, value) in zip(layering.paths, pairs, strict=True):
            xs = [self.x[vertex] for vertex in path]
            xs[0] += self.plans[a].exits.get(value, 0.0)
            xs[-1] += self.plans[b].entries.get(value, 0.0)
            found.append(Link(a, b, value, rank_of[a], tuple(xs)))
        return found

    def _attached(self, links: list[Link]) -> list[Link]:
        """The lines, those that end at a box spread over its upper edge."""
        coming: dict[int, list[int]] = {}
        for number, link in enumerate(links):
            if self.is_box(link.target):
                coming.setdefault(link.target, []).append(number)
        for target, numbers in coming.items():
            numbers.sort(key=lambda number: links[number].xs[-2])
            middle = self.x[target]
            wishes = [links[number].xs[-2] - middle for number in numbers]
            for number, at in zip(numbers, spread(wishes, self.plans[target].left - _CORNER), strict=True):
                links[number] = replace(links[number], xs=(*links[number].xs[:-1], middle + at))
        return links

    def plan(self, vertex: int) -> Plan:
        """What stands at a vertex; nothing where only a line passes."""
        return self.plans[vertex] if vertex < len(self.plans) else _NOTHING

    def is_box(self, vertex: int) -> bool:
        """Whether lines end at this vertex, and do not go on inside it."""
        return vertex in self.boxes and isinstance(self.items[vertex - self.boxes.start], Cell)

    def beside_boxes(self) -> list[int]:
        """The items that share a rank with a box that is as much a part of the main way as they are."""
        found = []
        for rank in self.ranks:
            main = [vertex for vertex in rank if vertex in self._main and vertex in self.boxes]
            if any(self.is_box(vertex) for vertex in main):
                found += [vertex - self.boxes.start for vertex in main]
        return found

    def reach(self, first: int, stop: int) -> tuple[float, float]:
        """How far the ranks from `first` up to, not including, `stop` reach to the left and to the right."""
        extents = [(self.x[v], self._extents[v]) for rank in self.ranks[first:stop] for v in rank]
        return min(x - e.left for x, e in extents), max(x + e.right for x, e in extents)

    def steps(self, rank: int) -> list[tuple[float, float]]:
        """The lines in the gap below a rank: where each begins and where it ends."""
        passing = [(link.xs, rank - link.rank) for link in self.links if link.rank <= rank < link.below]
        return [(xs[step], xs[step + 1]) for xs, step in passing]

    def _gap(self, rank: int) -> float:
        """Room below a rank: the more, the further the lines have to go sideways."""
        furthest = max((abs(b - a) for a, b in self.steps(rank)), default=0.0)
        outer = (rank == 0 and self.entering) or (rank == len(self.ranks) - 2 and self.exiting)
        return min((_GAP / 2 if outer else _GAP) + _STEEPNESS * furthest, _WIDEST_GAP)


def _reader(edge: tuple[int, int]) -> int:
    return edge[1]


def _distinct(values: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(values))
