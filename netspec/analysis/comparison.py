"""Two networks layer by layer: what was added, removed and changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal

from netspec.analysis.summary import Row, Summary
from netspec.graph.node import INPUT, Graph, Node

_CELLS: Final = 500_000
"""Up to this many pairs of layers the least changes are looked for; beyond, few, in less time."""
_CAREFUL: Final = 2_000
_ALONE: Final = 2
"""What it costs that a layer comes or goes."""
_CHANGED: Final = 3
"""What it costs that fields change: less than to come and to go."""

_Key = tuple[int, int, int]
_Pair = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Change:
    """A layer that only the second network has, only the first, or both with other fields or numbers."""

    kind: Literal["added", "removed", "changed"]
    before: Row | None
    after: Row | None
    fields: tuple[tuple[str, Any, Any], ...] = ()
    """For a changed layer its fields with both values."""

    @property
    def row(self) -> Row:
        """The row of the network that has the layer, the second where both do."""
        row = self.after or self.before
        assert row is not None
        return row

    def delta(self, number: Literal["parameters", "macs", "activation_bytes"]) -> int | None:
        """By how much a number grew; None where it is not known on either side."""
        old = 0 if self.before is None else getattr(self.before, number)
        new = 0 if self.after is None else getattr(self.after, number)
        return None if old is None or new is None else new - old


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes from one network to another, in order, and both summaries."""

    before: Summary
    after: Summary
    changes: tuple[Change, ...]
    same: bool
    """Whether both compute the same function of the same input: their canonical hashes agree."""


def compare(a: Graph, b: Graph, before: Summary, after: Summary, *, same: bool) -> Comparison:
    """What leads from network a to network b."""
    changes = [] if same else list(_changes(a, b, before, after))
    if not same and a.input != b.input:
        changes.insert(0, Change("changed", before.rows[0], after.rows[0]))
    return Comparison(before, after, tuple(changes), same)


def _changes(a: Graph, b: Graph, before: Summary, after: Summary) -> Iterator[Change]:
    pairs = list(_aligned(a.nodes, b.nodes))
    partner = {j: i for i, j in pairs if i is not None and j is not None} | {INPUT: INPUT}
    kept = set(partner.values())
    for i, j in pairs:
        old = None if i is None else before.rows[i + 1]
        new = None if j is None else after.rows[j + 1]
        if old is None:
            yield Change("added", None, new)
        elif new is None:
            yield Change("removed", old, None)
        elif i is not None and j is not None:
            fields = tuple(_fields(a.nodes[i], b.nodes[j]))
            if fields or _rewired(a.nodes[i], b.nodes[j], partner, kept) or _numbers(old) != _numbers(new):
                yield Change("changed", old, new, fields)


def _rewired(old: Node, new: Node, partner: dict[int, int], kept: set[int]) -> bool:
    """Whether it reads another layer than before, other than one that was added or removed in front of it."""
    return len(old.inputs) != len(new.inputs) or any(
        j in partner and i in kept and partner[j] != i for i, j in zip(old.inputs, new.inputs, strict=True)
    )


def _numbers(row: Row) -> tuple[Any, ...]:
    return row.shape, row.parameters, row.statistics, row.macs


def _fields(old: Node, new: Node) -> Iterator[tuple[str, Any, Any]]:
    after = dict(new.layer)
    for field, value in old.layer:
        if after[field] != value:
            yield field, value, after[field]


def _aligned(a: Sequence[Node], b: Sequence[Node]) -> Iterator[_Pair]:
    """The layers of both in order, alike in both directions; a layer that stands alone has None for the other."""
    if len(a) > len(b):
        yield from ((i, j) for j, i in _aligned(b, a))
        return
    numbers: dict[Any, int] = {}
    first, second = ([_key(node, numbers) for node in nodes] for nodes in (a, b))
    start = _equal(first, second)
    end = _equal(first[start:][::-1], second[start:][::-1])
    old, new = range(start, len(a) - end), range(start, len(b) - end)
    yield from zip(range(start), range(start), strict=True)
    yield from (_least if len(old) * len(new) <= _CELLS else _roughly)(first, second, old, new)
    yield from zip(range(old.stop, len(a)), range(new.stop, len(b)), strict=True)


def _key(node: Node, numbers: dict[Any, int]) -> _Key:
    """Kind, fields and inputs' shapes of a layer, each as a number that equal ones have in common."""
    parts = (node.kind, (node.kind, node.layer), (node.kind, node.layer, node.input_shapes))
    kind, layer, whole = (numbers.setdefault(part, len(numbers)) for part in parts)
    return kind, layer, whole


def _equal(first: Sequence[_Key], second: Sequence[_Key]) -> int:
    """How many layers are equal from the beginning on."""
    pairs = zip(first, second, strict=False)
    return next((i for i, (one, other) in enumerate(pairs) if one != other), min(len(first), len(second)))


def _least(first: Sequence[_Key], second: Sequence[_Key], old: range, new: range) -> Iterator[_Pair]:
    """The alignment with the least changes (Wagner and Fischer 1974, The String-to-String Correction Problem)."""
    costs = _costs(first[old.start : old.stop], second[new.start : new.stop])
    i, j = 0, 0
    while i < len(old) or j < len(new):
        here = costs[i][j]
        both = _cost(first[old[i]], second[new[j]]) if i < len(old) and j < len(new) else None
        if both is not None and here == both + costs[i + 1][j + 1]:
            yield old[i], new[j]
            i, j = i + 1, j + 1
        elif i < len(old) and here == _ALONE + costs[i + 1][j]:
            yield old[i], None
            i += 1
        else:
            yield None, new[j]
            j += 1


def _costs(first: Sequence[_Key], second: Sequence[_Key]) -> list[list[int]]:
    """What it costs at least to lead from the layers from i on to those from j on."""
    costs = [[_ALONE * (len(second) - j) for j in range(len(second) + 1)]]
    for i in range(len(first) - 1, -1, -1):
        below = costs[0]
        row = [0] * len(second) + [_ALONE * (len(first) - i)]
        for j in range(len(second) - 1, -1, -1):
            alone = _ALONE + min(below[j], row[j + 1])
            both = _cost(first[i], second[j])
            row[j] = alone if both is None else min(alone, both + below[j + 1])
        costs.insert(0, row)
    return costs


def _cost(one: _Key, other: _Key) -> int | None:
    """What it costs to say that one became the other; None where that is not said."""
    if one == other:
        return 0
    if one[1] == other[1]:
        return 1
    return _CHANGED if one[0] == other[0] else None


def _roughly(first: Sequence[_Key], second: Sequence[_Key], old: range, new: range) -> Iterator[_Pair]:
    """An alignment of many layers; of very many, those that stand everywhere are no anchors."""
    tokens = [first[i][1] for i in old], [second[j][1] for j in new]
    matcher = SequenceMatcher(None, *tokens, autojunk=max(len(old), len(new)) > _CAREFUL)
    for _, i, i_end, j, j_end in matcher.get_opcodes():
        paired = min(i_end - i, j_end - j)
        for one, other in zip(old[i : i + paired], new[j : j + paired], strict=True):
            alike = first[one][0] == second[other][0]
            yield from [(one, other)] if alike else [(one, None), (None, other)]
        yield from ((one, None) for one in old[i + paired : i_end])
        yield from ((None, other) for other in new[j + paired : j_end])
