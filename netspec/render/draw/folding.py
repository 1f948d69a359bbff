"""A graph's boxes in the frames of their blocks, with equal ones that follow one another drawn once.

Boxes are equal when their layers are, and what they read lies equally far before them; only the numbers of channels
may differ, so that the growing layers of a dense block are one.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, TypeAlias

from netspec.graph.node import Graph
from netspec.layers.base import Shape
from netspec.render.draw.boxes import Box, boxes, names
from netspec.render.draw.lettering import short
from netspec.render.draw.outline import Cell, Frame, Item, Outline, within_limit
from netspec.render.draw.repeats import Repeats, Run

_DEEPEST: Final = 24
"""Blocks further inside get no frame of their own."""
_SCOPES: Final = ("branch", "shortcut")
"""Scopes that the language names by itself; they are places, not blocks, and get no frame."""


def outline(graph: Graph) -> Outline:
    """The drawing of a graph, folded. Raises DrawingError."""
    return within_limit(_Folding(boxes(graph)).outline())


@dataclass(frozen=True, slots=True)
class _Block:
    """The boxes of a block that follow one another."""

    name: str
    items: tuple["_Part", ...]
    start: int
    stop: int


_Part: TypeAlias = _Block | Box


def _tree(found: Sequence[Box], depth: int = 0) -> tuple[_Part, ...]:
    """Boxes grouped by the blocks they stand in; a block of one box is that box."""
    items: list[_Part] = []
    for name, group in groupby(found, lambda box: box.path[depth] if depth < len(box.path) else None):
        members = tuple(group)
        if name is None or depth == _DEEPEST:
            items += members
        elif _unnumbered(name) in _SCOPES:
            items += _tree(members, depth + 1)
        else:
            items.append(_block(name, _tree(members, depth + 1)))
    return tuple(items)


def _block(name: str, inner: tuple[_Part, ...]) -> _Part:
    match inner:
        case (Box() as only,):
            return only
        case (_Block() as only,):
            return replace(only, name=f"{name}/{only.name}")
    return _Block(name, inner, _start(inner[0]), _stop(inner[-1]))


def _unnumbered(name: str) -> str:
    return name.rstrip("0123456789")


def _bare(name: str) -> str:
    """A block's name without its number: `bottleneck` of `bottleneck2`."""
    return _unnumbered(name).rstrip("_") or name


def _token(box: Box) -> Hashable:
    layers = tuple((node.layer, node.shares is None) for node in box.nodes)
    return layers, box.shape.spatial, box.shape.tokens, tuple(box.place - source for source in box.sources)


class _Folding:
    """Draws each run of equal items once. `stands` leads from a box that is not drawn to the one drawn for it."""

    def __init__(self, found: tuple[Box, ...]) -> None:
        self.boxes = found
        seen: dict[Hashable, int] = {}
        self.tokens = [seen.setdefault(_token(box), len(seen)) for box in found]
        self.last_reader = [len(found) if box.ends else box.place for box in found]
        for box in found:
            for source in box.sources:
                self.last_reader[source] = max(self.last_reader[source], box.place)
        self.stands: dict[int, int] = {}

    def outline(self) -> Outline:
        items = self._fold(_tree(self.boxes))
        shapes: defaultdict[int, list[Shape]] = defaultdict(list)
        for box in self.boxes:
            shapes[self._drawn(box.place)].append(box.shape)
        drawn = [box for box in self.boxes if box.place not in self.stands]
        edges = dict.fromkeys((self._drawn(source), box.place) for box in drawn for source in box.sources)
        return Outline(tuple(_shaped(item, shapes) for item in items), tuple(edges))

    def _drawn(self, place: int) -> int:
        while place in self.stands:
            place = self.stands[place]
        return place

    def _fold(self, items: tuple[_Part, ...]) -> tuple[Item, ...]:
        repeats = Repeats([self._token(item) for item in items])
        folded: list[Item] = []
        place = 0
        while place < len(items):
            run = self._whole(items, repeats.at(place))
            folded.append(self._once(items[place : place + run.length], run.times))
            place = run.stop
        return tuple(folded)

    def _token(self, item: _Part) -> Hashable:
        if isinstance(item, Box):
            return self.tokens[item.place]
        return _bare(item.name), tuple(self.tokens[item.start : item.stop])

    def _whole(self, items: tuple[_Part, ...], run: Run) -> Run:
        """The run as far as it reads only itself and only its end is read."""
        start = _start(items[run.start])
        length = (_stop(items[run.stop - 1]) - start) // run.times
        times = self._closed_times(start, length, run.times)
        if times == 1:
            return Run(run.start, 1, 1)
        repeated = range(start + length, start + length * times)
        self.stands.update((place, start + (place - start) % length) for place in repeated)
        return Run(run.start, run.length, times)

    def _closed_times(self, start: int, length: int, times: int) -> int:
        for turn in range(times):
            places = range(start + turn * length, start + (turn + 1) * length)
            if turn and any(source < start for place in places for source in self.boxes[place].sources):
                return turn
            if any(self.last_reader[place] >= start + times * length for place in places):
                return turn + 1
        return times

    def _once(self, items: tuple[_Part, ...], times: int) -> Item:
        if len(items) > 1:
            return Frame("", self._fold(items), times)
        item = items[0]
        if isinstance(item, Box):
            return _cell(item, times)
        name = _bare(item.name) if times > 1 else item.name
        return Frame(short(name), self._fold(item.items), times)


def _start(item: _Part) -> int:
    return item.place if isinstance(item, Box) else item.start


def _stop(item: _Part) -> int:
    return item.place + 1 if isinstance(item, Box) else item.stop


def _cell(box: Box, times: int) -> Cell:
    title = ", ".join((box.title, *box.settings))
    return Cell(box.place, title, box.extras, box.written_shape, box.role, names(box), times)


def _shaped(item: Item, shapes: dict[int, list[Shape]]) -> Item:
    """The item with the shapes of all that it stands for."""
    if isinstance(item, Frame):
        return replace(item, items=tuple(_shaped(inner, shapes) for inner in item.items))
    first, *_, last = (*shapes[item.key], shapes[item.key][-1])
    return item if first == last else replace(item, shape=f"{item.shape}..{last.channels}")
