"""What two networks differ in, layer by layer and in all."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any, Final

from netspec.analysis.comparison import Change, Comparison
from netspec.analysis.record import Record
from netspec.analysis.summary import Row
from netspec.language.writing import argument
from netspec.render.analysis import title
from netspec.render.grid import Heading, Line, Table, drawn
from netspec.render.text import Look, columns as width_of, count, safe, wrap
from netspec.render.units import number, signed, size

_SIGNS: Final = {"added": "+", "removed": "-", "changed": "~"}
_STYLES: Final = {"added": "help", "removed": "error", "changed": "warning"}
_NARROW: Final = 26
"""Columns from which on the last text stands beside the others."""
_BELOW: Final = " " * 8
_NUMBERS: Final = {"parameters": "Parameters", "macs": "MACs", "activation_bytes": "Memory"}
"""The numbers whose changes are told of each layer, and their titles; memory is of activations, in bytes."""
_MANY: Final = 4
"""Changes of one kind in one block from which on they become one line."""


@dataclass(frozen=True)
class _Line:
    kind: str
    name: str
    what: str
    deltas: tuple[int | None, ...]
    """By how much each of `_NUMBERS` grew."""


def difference(a: Record, b: Record, found: Comparison, look: Look) -> Iterator[str]:
    """The changes from a to b, and the totals of both."""
    if found.same:
        yield look.paint("help", f"the same network: {a.hash[:12]}")
        return
    yield from _changes(found.changes, look)
    yield ""
    totals = _table(a, b, (safe(a.name), safe(b.name)))
    if totals.width > look.width:
        yield from wrap(a.name, look.width, first="Before  ", rest=_BELOW)
        yield from wrap(b.name, look.width, first="After   ", rest=_BELOW)
        yield ""
        totals = _table(a, b, ("Before", "After"))
    yield from drawn(totals, look)


def _changes(changes: Sequence[Change], look: Look) -> Iterator[str]:
    lines = list(_repeated(list(_grouped(changes))))
    for shown in (len(_NUMBERS), len(_NUMBERS) - 1):  # memory has no column where the terminal is too narrow
        head = [*list(_NUMBERS.values())[:shown], "Layer"]
        rows = [[*map(signed, line.deltas[:shown]), line.name] for line in lines]
        widths = [max(width_of(row[i]) for row in [head, *rows]) for i in range(len(head))]
        if sum(widths) + 2 * len(widths) + _NARROW < look.width:
            break
    yield look.paint("strong", _laid(" ", head, widths, "Change", look)[0])
    for line, row in zip(lines, rows, strict=True):
        texts = _laid(_SIGNS[line.kind], row, widths, line.what, look)
        yield from (look.paint(_STYLES[line.kind], text) for text in texts)


def _laid(sign: str, row: Sequence[str], widths: Sequence[int], last: str, look: Look) -> list[str]:
    """The numbers to the right, the names to the left, and the longest text at the end, or below where it is narrow."""
    *numbers, name = row
    padded = [" " * (width - width_of(text)) + text for text, width in zip(numbers, widths[:-1], strict=True)]
    start = "  ".join([sign, *padded, name + " " * (widths[-1] - width_of(name)), ""])
    if look.width - width_of(start) >= _NARROW:
        return wrap(last, look.width, first=start, rest=" " * width_of(start))
    return [start.rstrip(), *wrap(last, look.width, first=_BELOW, rest=_BELOW)]


def _grouped(changes: Sequence[Change]) -> Iterator[_Line]:
    """Changes in order; many of one kind in one block are one line."""
    for (kind, block), several in groupby(changes, key=lambda change: (change.kind, _block(change))):
        group = list(several)
        if block and len(group) >= _MANY:
            what = f"{_bare(block)} of {count(len(group), 'layer')}"
            yield _Line(kind, safe(block), what, tuple(_sum(group, name) for name in _NUMBERS))
        else:
            yield from (_line(change) for change in group)


def _block(change: Change) -> str:
    return change.row.name.rpartition("/")[0]


def _bare(block: str) -> str:
    return safe(block.rpartition("/")[2].rstrip("0123456789"))


def _sum(changes: Sequence[Change], what: Any) -> int | None:
    deltas = [change.delta(what) for change in changes]
    return None if any(delta is None for delta in deltas) else sum(delta or 0 for delta in deltas)


def _line(change: Change) -> _Line:
    deltas = tuple(_sum([change], name) for name in _NUMBERS)
    return _Line(change.kind, safe(change.row.name), _what(change), deltas)


def _what(change: Change) -> str:
    old, new = change.before, change.after
    if old is None or new is None:
        return f"{title(change.row)}  {change.row.shape}"
    said = [f"{field} {_written(was)} -> {_written(now)}" for field, was, now in change.fields]
    if old.shape != new.shape:
        said.append(f"{old.shape} -> {new.shape}")
    elif not said and old.input_shapes != new.input_shapes:
        said.append(f"input {_inputs(old)} -> {_inputs(new)}")
    return safe("; ".join(said)) or "other inputs"


def _inputs(row: Row) -> str:
    return " and ".join(map(str, row.input_shapes))


def _written(value: Any) -> str:
    return "none" if value is None else argument(value)


def _repeated(lines: Sequence[_Line]) -> Iterator[_Line]:
    """Equal lines of blocks that follow one another as one."""
    for _, several in groupby(lines, key=lambda line: (line.kind, line.what, line.deltas, "/" in line.name)):
        group = list(several)
        if len(group) < _MANY or " of " not in group[0].what:
            yield from group
            continue
        first, last = group[0], group[-1]
        yield _Line(
            first.kind,
            f"{first.name}..{last.name[len(last.name.rstrip('0123456789')) :]}",
            f"{first.what}, x{len(group)}",
            tuple(None if delta is None else delta * len(group) for delta in first.deltas),
        )


def _table(a: Record, b: Record, names: tuple[str, str]) -> Table:
    """The totals of both, under these names."""
    columns = (Heading("", left=True), *(Heading(title, left=False) for title in (*names, "Change")))
    return Table(columns, tuple(map(Line, _totals(a, b))))


def _totals(a: Record, b: Record) -> Iterator[tuple[str, str, str, str]]:
    for label, old, new in (
        ("Layers", len(a.rows) - 1, len(b.rows) - 1),
        ("Parameters", a.total.parameters, b.total.parameters),
        ("MACs", _exact(a, a.total.macs), _exact(b, b.total.macs)),
        ("Neurons", a.total.neurons, b.total.neurons),
    ):
        yield label, number(old), number(new), _change(old, new)
    for label, old, new in (
        ("Inference memory", a.inference.total_bytes, b.inference.total_bytes),
        ("Training memory", a.training.total_bytes, b.training.total_bytes),
    ):
        yield label, size(old), size(new), _change(old, new, short=True)
    yield "Hash", a.hash[:12], b.hash[:12], ""


def _exact(record: Record, macs: int) -> int | None:
    return macs if record.total.exact else None


def _change(old: int | None, new: int | None, *, short: bool = False) -> str:
    if old is None or new is None:
        return "?"
    if old == new:
        return "same"
    plus = f"{'+' if new > old else '-'}{size(abs(new - old))}" if short else signed(new - old)
    return f"{plus} ({float(Fraction(100 * (new - old), old)):+.1f} %)" if old else plus


def as_json(a: Record, b: Record, found: Comparison) -> str:
    """The comparison for another program: `same`, `changes` (kind, name, fields, deltas), `before` and `after`."""
    document = {
        "same": found.same,
        "changes": [_plain(change) for change in found.changes],
        "before": _side(a),
        "after": _side(b),
    }
    return json.dumps(document, indent=2) + "\n"


def _plain(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "name": change.row.name,
        "layer": change.row.label,
        "shape_before": None if change.before is None else list(change.before.shape.sizes),
        "shape_after": None if change.after is None else list(change.after.shape.sizes),
        "fields": {field: {"before": was, "after": now} for field, was, now in change.fields},
        "parameters": change.delta("parameters"),
        "macs": change.delta("macs"),
        "activation_bytes": change.delta("activation_bytes"),
    }


def _side(record: Record) -> dict[str, Any]:
    return {
        "name": record.name,
        "hash": record.hash,
        "layers": len(record.rows) - 1,
        "parameters": record.total.parameters,
        "macs": _exact(record, record.total.macs),
        "neurons": record.total.neurons,
        "inference_bytes": record.inference.total_bytes,
        "training_bytes": record.training.total_bytes,
    }
