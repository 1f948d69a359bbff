"""Where the vertices of a layering stand from left to right: near what they are connected to, as far as there is room."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from netspec.render.draw.layering import Layering
from netspec.render.draw.pillars import LINE, Pillar, pillars_of

_ROUNDS: Final = 6


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a vertex reaches to both sides of its axis."""

    left: float
    right: float


class Placing:
    """The axes of the vertices.

    `offsets` has for edges where they leave the first and where they enter the second of their axes.
    """

    def __init__(
        self,
        layering: Layering,
        extents: Sequence[Extent],
        offsets: dict[tuple[int, int], tuple[float, float]],
        boxes: range,
        gap: float,
    ) -> None:
        self.layering = layering
        self.offsets = offsets
        self.pillars = pillars_of(layering, boxes)
        self.of = {vertex: pillar for pillar in self.pillars for vertex in pillar.vertices}
        self.alone = {rank[0] for rank in layering.ranks if len(rank) == 1}
        self._measure(extents, gap)

    def _measure(self, extents: Sequence[Extent], gap: float) -> None:
        """For each pillar those to its left with the least distance, and all of them from left to right."""
        number = {vertex: n for n, pillar in enumerate(self.pillars) for vertex in pillar.vertices}
        self.left: list[dict[int, float]] = [{} for _ in self.pillars]
        self.right: list[dict[int, float]] = [{} for _ in self.pillars]
        for rank in self.layering.ranks:
            for a, b in pairwise(rank):
                p, q = number[a], number[b]
                apart = max(extents[a].right + gap + extents[b].left, self.left[q].get(p, 0.0))
                self.left[q][p] = self.right[p][q] = apart
        self.order = _sorted(self.left, self.right)

    def axes(self) -> list[float]:
        """The axis of each vertex: first of the main way, then of side branches, then of lines."""
        for tier in range(LINE + 1):
            for _ in range(_ROUNDS):
                self._settle(tier)
        return [self.of[vertex].x for vertex in range(len(self.layering.above))]

    def _settle(self, tier: int) -> None:
        """The middle between two placements that keep all distances: one pushes to the right, one to the left."""
        lowest = self._pushed(self.order, self.left, tier, 1, [None] * len(self.pillars))
        highest = self._pushed(self.order[::-1], self.right, tier, -1, [None] * len(self.pillars))
        wishes: list[float | None] = [None] * len(self.pillars)
        for number, pillar in enumerate(self.pillars):
            if pillar.tier == tier:
                wish = self._wish(pillar)
                low, high = lowest[number], highest[number]
                wish = wish if high is None else min(wish, high)
                wishes[number] = wish if low is None else max(wish, low)
        rightwards = self._pushed(self.order, self.left, tier, 1, wishes)
        leftwards = self._pushed(self.order[::-1], self.right, tier, -1, wishes)
        for number, pillar in enumerate(self.pillars):
            a, b = rightwards[number], leftwards[number]
            if pillar.tier == tier and a is not None and b is not None:
                pillar.x = (a + b) / 2

    def _pushed(
        self,
        order: Sequence[int],
        before: Sequence[dict[int, float]],
        tier: int,
        sign: int,
        wishes: Sequence[float | None],
    ) -> list[float | None]:
        """Each pillar at its wish or as much further as those before it demand; settled tiers stand where they are."""
        x: list[float | None] = [None] * len(self.pillars)
        for number in order:
            pillar = self.pillars[number]
            if pillar.tier < tier:
                x[number] = pillar.x
                continue
            demands = [at + sign * apart for p, apart in before[number].items() if (at := x[p]) is not None]
            wish = wishes[number]
            demands += [] if wish is None else [wish]
            x[number] = sign * max(sign * demand for demand in demands) if demands else None
        return x

    def _wish(self, pillar: Pillar) -> float:
        """The mean of where its neighbours above and below would have it; what is alone on its rank stands at 0."""
        if any(vertex in self.alone for vertex in pillar.vertices):
            return 0.0
        near = [other.x + shift for other, shift in self._neighbours(pillar) if other.tier <= pillar.tier]
        return sum(near) / len(near) if near else 0.0

    def _neighbours(self, pillar: Pillar) -> Iterator[tuple[Pillar, float]]:
        """The pillars that a pillar is joined to, and how far to the right of their axes the lines would have its own."""
        first, last = pillar.vertices[0], pillar.vertices[-1]
        for above in self.layering.above[first]:
            leaves, enters = self.offsets.get((above, first), (0.0, 0.0))
            yield self.of[above], leaves - enters
        for below in self.layering.below[last]:
            leaves, enters = self.offsets.get((last, below), (0.0, 0.0))
            yield self.of[below], enters - leaves


def _sorted(left: Sequence[dict[int, float]], right: Sequence[dict[int, float]]) -> list[int]:
    """All pillars, each after those to its left."""
    waiting = [len(before) for before in left]
    order = [number for number, before in enumerate(left) if not before]
    for number in order:
        for other in right[number]:
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    return order


def spread(wishes: Sequence[float], room: float, apart: float = 14.0) -> list[float]:
    """Places for lines on an edge that reaches `room` to both sides, in their order and not on top of each other."""
    if len(wishes) == 1:
        return [0.0]
    reach = max(map(abs, wishes))
    scale = min(1.0, room / reach) if reach else 1.0
    apart = min(apart, 2 * room / (len(wishes) - 1))
    steps = range(len(wishes))
    near = [wish * scale for wish in wishes]
    right, left = list(near), list(near)
    for i in steps[1:]:
        right[i] = max(right[i], right[i - 1] + apart)
    for i in reversed(steps[:-1]):
        left[i] = min(left[i], left[i + 1] - apart)
    middle = [(a + b) / 2 for a, b in zip(right, left, strict=True)]
    over = max(middle[-1] - room, 0.0) + min(middle[0] + room, 0.0)
    return [x - over for x in middle]
