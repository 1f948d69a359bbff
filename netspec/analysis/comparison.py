"""Two networks layer by layer: what was added, removed and changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal

from netspec.analysis.summary import Row, Summary
from netspec.graph.node import INPUT, Graph, Node

_CAREFUL: Final = 2_000
"""Up to this many layers every match is looked at; beyond, layers that stand everywhere are no anchors."""


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


def _aligned(a: Sequence[Node], b: Sequence[Node]) -> Iterator[tuple[int | None, int | None]]:
    """The layers of both in order; a layer that stands alone has None for the other."""
    first = [_token(node) for node in a]
    second = [_token(node) for node in b]
    careless = max(len(a), len(b)) > _CAREFUL
    for _, i, i_end, j, j_end in SequenceMatcher(None, first, second, autojunk=careless).get_opcodes():
        if i_end - i == j_end - j and first[i:i_end] == second[j:j_end]:
            yield from zip(range(i, i_end), range(j, j_end), strict=True)
        else:
            yield from _replaced(a, b, range(i, i_end), range(j, j_end))


def _replaced(
    a: Sequence[Node], b: Sequence[Node], old: range, new: range
) -> Iterator[tuple[int | None, int | None]]:
    """Layers of the same kind are the same layer with other fields, in their order."""
    kinds = SequenceMatcher(None, [a[i].kind for i in old], [b[j].kind for j in new], autojunk=False)
    for tag, i, i_end, j, j_end in kinds.get_opcodes():
        if tag == "equal":
            yield from zip(old[i:i_end], new[j:j_end], strict=True)
        else:
            yield from ((k, None) for k in old[i:i_end])
            yield from ((None, k) for k in new[j:j_end])


def _token(node: Node) -> tuple[Any, ...]:
    return node.kind, node.layer
