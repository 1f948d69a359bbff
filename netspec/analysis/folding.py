"""Equal stretches of layers that follow one another, as one row with how often it stands there."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby, takewhile
from typing import Any, Final

from netspec.analysis.summary import Row, Total, total
from netspec.graph.node import Graph, Node

_WORTH: Final = 4
"""Rows that folding has to save; three 3x3 convolutions in a row stay three rows, as in the lectures' table."""
_NEAREST: Final = 8
"""Next places of the same layer that are tried as the beginning of the next stretch."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """`times` equal stretches of `length` nodes each, from node `start` on; `block` is the block they stand for."""

    start: int
    length: int
    times: int
    block: str | None = None

    @property
    def stop(self) -> int:
        """The node after the last."""
        return self.start + self.length * self.times


def own_row(row: Row) -> bool:
    """Whether a row says anything in a table of neurons and parameters; what works in place does not."""
    return bool(row.neurons or row.parameters or row.statistics or row.macs is None)


def fold(rows: Sequence[Row], graph: Graph) -> tuple[Row, ...]:
    """The rows with repeats folded: each is one row whose numbers are the sums over all times."""
    folded: list[Row] = [rows[0]]
    nodes = rows[1:]
    place = 0
    for stretch in stretches(graph, [own_row(row) for row in nodes]):
        folded += nodes[place : stretch.start]
        folded.append(_folded(nodes[stretch.start : stretch.stop], stretch))
        place = stretch.stop
    return (*folded, *nodes[place:])


def _folded(rows: Sequence[Row], stretch: Stretch) -> Row:
    sums, last = total(rows), rows[-1]
    return replace(
        last,
        name=_range(rows[0].name.split("/"), last.name.split("/")),
        kind="repeat",
        label=stretch.block or _in_words(rows[: stretch.length]),
        inputs=rows[0].inputs,
        input_shapes=rows[0].input_shapes,
        times=stretch.times,
        parts=tuple(rows),
        **_summed(sums),
    )


def _range(first: Sequence[str], last: Sequence[str]) -> str:
    """From one path to another, `stage3/bottleneck2..6`, in the block where both stand."""
    same = min(len(_common(first, last)), len(first) - 1, len(last) - 1)
    one, other = first[same], last[same]
    number = other.removeprefix(_bare(one))
    return "/".join([*first[:same], f"{one}..{number if number.isdecimal() else other}"])


def _summed(sums: Total) -> dict[str, Any]:
    return {
        "neurons": sums.neurons,
        "weights": sums.weights,
        "biases": sums.biases,
        "statistics": sums.statistics,
        "trainable": sums.trainable,
        "macs": sums.macs if sums.exact else None,
        "in_bounds_macs": sums.in_bounds_macs if sums.exact else None,
        "activation_bytes": sums.activation_bytes,
        "parameter_bytes": sums.parameter_bytes,
        "moved_bytes": sums.moved_bytes,
    }


def _in_words(rows: Sequence[Row]) -> str:
    """Layers by their labels and blocks by their names: `[conv3-192 -> relu]`."""
    paths = [row.name.split("/") for row in rows]
    depth = len(_common(paths[0][:-1], paths[-1][:-1]))
    words = []
    for (inside, name), several in groupby(zip(paths, rows, strict=True), lambda pair: _part(pair[0], depth)):
        words.append(_bare(name) if inside else next(several)[1].label)
    return f"[{' -> '.join(words if len(words) < 4 else [words[0], '...', words[-1]])}]"


def _part(path: Sequence[str], depth: int) -> tuple[bool, str]:
    """The block or layer that a path leads through at some depth, and whether it is a block."""
    return len(path) > depth + 1, path[min(depth, len(path) - 1)]


def stretches(graph: Graph, shown: Sequence[bool], worth: int = _WORTH) -> Iterator[Stretch]:
    """The repeats of a graph, from its beginning on, none inside another; `shown` tells which nodes have a row."""
    tokens = _Tokens(graph)
    rows = list(accumulate(shown, initial=0))
    own = [node.layer.own_values for node in graph]
    paths = [node.name.split("/")[:-1] for node in graph]
    place = 0
    while place < len(graph):
        found = tokens.longest(place)
        saved = 0 if found is None else (rows[place + found.length] - rows[place]) * (found.times - 1)
        if found is None or saved < worth:
            place += 1
            continue
        aligned = _aligned(
            found, tokens.spare(found), paths, own if any(own[place : place + found.length]) else shown
        )
        if aligned is not None:
            yield aligned
        place = aligned.stop if aligned else place + 1


class _Tokens:
    """A number for each node; equal ones have equal fields, shapes, and inputs equally far before them."""

    def __init__(self, graph: Graph) -> None:
        seen: dict[Any, int] = {}
        self._tokens = [seen.setdefault(_token(node), len(seen)) for node in graph]
        self._later = _next_places(self._tokens)
        self._ends: dict[int, int] = {}
        """For each distance where the run that was found last ends, so that none is walked over twice."""

    def longest(self, place: int) -> Stretch | None:
        """The repeat that begins here and covers most; of equals the one with the shortest stretch.

        Places are asked for in their order.
        """
        best: Stretch | None = None
        for other in self._later[place]:
            length = other - place
            times = self._run(place, length) // length + 1
            if times > 1 and (best is None or times * length > best.times * best.length):
                best = Stretch(place, length, times)
        return best

    def spare(self, found: Stretch) -> int:
        """By how many nodes the repeat could begin later without losing a time."""
        return self._run(found.start, found.length) % found.length

    def _run(self, place: int, distance: int) -> int:
        """How many tokens from `place` on are equal to those so far behind them."""
        end = self._ends.get(distance, 0)
        if end <= place:
            tokens, end = self._tokens, place
            while end + distance < len(tokens) and tokens[end] == tokens[end + distance]:
                end += 1
            self._ends[distance] = end
        return end - place


def _token(node: Node) -> tuple[Any, ...]:
    before = tuple(node.index - i for i in node.inputs)
    return node.layer, node.input_shapes, before, node.shares is None


def _next_places(tokens: list[int]) -> list[list[int]]:
    """For each place the next few with the same token."""
    places: defaultdict[int, list[int]] = defaultdict(list)
    found: list[list[int]] = [[]] * len(tokens)
    for place in range(len(tokens) - 1, -1, -1):
        same = places[tokens[place]]
        found[place] = same[: -_NEAREST - 1 : -1]
        same.append(place)
    return found


def _aligned(found: Stretch, spare: int, paths: Sequence[list[str]], first: Sequence[bool]) -> Stretch | None:
    """The repeat begun where it is a block each time, else where a block begins, else at a layer that may be first."""
    starts = range(found.start, found.start + spare + 1)
    for start in starts:
        block = _block(paths, start, found.length)
        if block:
            return replace(found, start=start, block=_bare(block[-1]))
    begun = (i for i in starts if _opened(paths, i) < len(paths[i]))
    place = next(begun, next((i for i in starts if first[i]), None))
    return None if place is None else replace(found, start=place)


def _block(paths: Sequence[list[str]], start: int, length: int) -> list[str] | None:
    """The block that these nodes are, all of it and nothing else; the outermost one."""
    last, after = paths[start + length - 1], paths[start + length : start + length + 1]
    for depth in range(_opened(paths, start) + 1, len(paths[start]) + 1):
        block = paths[start][:depth]
        if last[:depth] == block and block not in [path[:depth] for path in after]:
            return block
    return None


def _opened(paths: Sequence[list[str]], place: int) -> int:
    """How many of a node's blocks the node before it stands in too."""
    return len(_common(paths[place - 1], paths[place])) if place else 0


def _common(one: Sequence[str], other: Sequence[str]) -> list[str]:
    pairs = zip(one, other, strict=False)
    return [a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]


def _bare(block: str) -> str:
    """The name of a block without its number: `bottleneck` of `bottleneck2`."""
    return block.rstrip("0123456789").rstrip("_") or block
