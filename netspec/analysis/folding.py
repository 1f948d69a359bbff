"""Equal stretches of layers that follow one another, as one row with how often it stands there."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
    names = [row.name for row in rows]
    first, final = _block(names[: stretch.length]), _block(names[-stretch.length :])
    return replace(
        last,
        name=f"{first}..{_number(final)}" if first else f"{names[0]}..{names[-1]}",
        kind="repeat",
        label=stretch.block or _in_words(rows[: stretch.length]),
        inputs=rows[0].inputs,
        input_shapes=rows[0].input_shapes,
        times=stretch.times,
        **_summed(sums),
    )


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
    labels = [row.label for row in rows]
    return f"[{' -> '.join(labels if len(labels) < 4 else [*labels[:2], '...', labels[-1]])}]"


def stretches(graph: Graph, shown: Sequence[bool], worth: int = _WORTH) -> Iterator[Stretch]:
    """The repeats of a graph, from its beginning on, none inside another; `shown` tells which nodes have a row."""
    tokens = _tokens(graph)
    later = _next_places(tokens)
    names = [node.name for node in graph]
    place = 0
    while place < len(tokens):
        found = _longest(tokens, later[place], place)
        if found is not None:
            found = _aligned(graph, found, tokens, names)
        if found is None or _saved(found, shown) < worth:
            place += 1
            continue
        yield found
        place = found.stop


def _saved(found: Stretch, shown: Sequence[bool]) -> int:
    return sum(shown[found.start : found.start + found.length]) * (found.times - 1)


def _tokens(graph: Graph) -> list[int]:
    """A number for each node; equal ones have equal fields, shapes, and inputs equally far before them."""
    seen: dict[Any, int] = {}
    return [seen.setdefault(_token(node), len(seen)) for node in graph]


def _token(node: Node) -> tuple[Any, ...]:
    before = tuple(node.index - i if i >= 0 else None for i in node.inputs)
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


def _longest(tokens: list[int], later: list[int], place: int) -> Stretch | None:
    """The repeat that begins here and covers most; of equals the one with the shortest stretch."""
    best: Stretch | None = None
    for other in later:
        length = other - place
        times = _run(tokens, place, length) // length + 1
        if times > 1 and (best is None or times * length > best.times * best.length):
            best = Stretch(place, length, times)
    return best


def _run(tokens: list[int], place: int, length: int) -> int:
    """How many tokens from `place` on are equal to those `length` further."""
    end = place
    while end + length < len(tokens) and tokens[end] == tokens[end + length]:
        end += 1
    return end - place


def _aligned(graph: Graph, found: Stretch, tokens: list[int], names: list[str]) -> Stretch | None:
    """The repeat begun where a block begins, else at a layer that is no activation, as far as that loses no time."""
    spare = _run(tokens, found.start, found.length) % found.length
    starts = range(found.start, found.start + spare + 1)
    start = max(starts, key=lambda i: (_depth(names[i : i + found.length]), graph.nodes[i].layer.own_values))
    if not graph.nodes[start].layer.own_values:
        return None
    block = _block(names[start : start + found.length])
    return Stretch(start, found.length, found.times, block and _bare(block))


def _block(names: Sequence[str]) -> str | None:
    """The path of the block that all these nodes stand in and that is not the whole network."""
    paths = [name.split("/")[:-1] for name in names]
    common = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return "/".join(common) or None


def _depth(names: Sequence[str]) -> int:
    block = _block(names)
    return block.count("/") + 1 if block else 0


def _bare(block: str) -> str:
    """The name of a block without its number: `bottleneck` of `stage1/bottleneck2`."""
    return block.rpartition("/")[2].rstrip("0123456789").rstrip("_") or block


def _number(block: str | None) -> str:
    last = (block or "").rpartition("/")[2]
    return last[len(last.rstrip("0123456789")) :] or last
