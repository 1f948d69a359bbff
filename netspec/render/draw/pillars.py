"""Runs of vertices that stand exactly below one another: chains without a fork, and the lines that pass ranks.

No two of them cross, so "left of" never runs in a circle among them.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from netspec.render.draw.layering import Layering

MAIN: Final = 0
SIDE: Final = 1
LINE: Final = 2


@dataclass(slots=True)
class Pillar:
    """Vertices with one axis. `tier` says who makes room for whom: lines for side branches, both for the main way."""

    vertices: list[int]
    tier: int
    x: float = 0.0


def pillars_of(layering: Layering, boxes: range) -> list[Pillar]:
    """The pillars of a layering in which `boxes` are what has a width."""
    onward = _joined(layering)
    reaching = _reaching_the_end(layering)
    begun = set(onward.values())
    found = []
    for rank in layering.ranks:
        for vertex in rank:
            if vertex in begun:
                continue
            run = [vertex]
            while run[-1] in onward:
                run.append(onward[run[-1]])
            found.append(Pillar(run, _tier(run, boxes, reaching)))
    return found


def _tier(run: list[int], boxes: range, reaching: set[int]) -> int:
    solid = [vertex for vertex in run if vertex in boxes]
    if not solid:
        return LINE
    return MAIN if any(vertex in reaching for vertex in solid) else SIDE


def _reaching_the_end(layering: Layering) -> set[int]:
    """The vertices from which the last rank is reached: not those of a head further up."""
    found = set(layering.ranks[-1])
    waiting = list(found)
    while waiting:
        new = set(layering.above[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


def _joined(layering: Layering) -> dict[int, int]:
    """For each vertex the one that stands exactly below it, where the way between them neither forks nor meets."""
    found: dict[int, int] = {}
    for upper, lower in pairwise(layering.ranks):
        place = {vertex: at for at, vertex in enumerate(lower)}
        furthest = -1
        for vertex in upper:
            below = layering.below[vertex]
            if len(below) == 1 and len(layering.above[below[0]]) == 1 and place[below[0]] > furthest:
                found[vertex] = below[0]
                furthest = place[below[0]]
    return found
