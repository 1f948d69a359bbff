"""Many networks in one table: a line each."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from netspec.analysis.record import Record
from netspec.layers.base import dims
from netspec.render.export import as_plain, comma_separated
from netspec.render.grid import Line, Table, drawn, latex, markdown
from netspec.render.text import Look, safe
from netspec.render.units import amount, number, per_axis, size


@dataclass(frozen=True, slots=True)
class Entry:
    """One number of a network as a whole: its title, exact value, and how it is written."""

    name: str
    title: str
    of: Callable[[Record], Any]
    written: Callable[[Any], str] = str
    left: bool = False


def _field(record: Record) -> tuple[int, ...] | None:
    """The receptive field of the last value that still has positions."""
    seen = (row.receptive_field for row in reversed(record.rows) if _moves(row.effective_stride))
    return next(seen, None)


def _moves(stride: tuple[Any, ...] | None) -> bool:
    return bool(stride) and all(step is not None for step in stride or ())


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."


_LONGEST: Final = 22
"""Characters of a name; JSON and CSV have it whole."""

ENTRIES: Final = (
    Entry("network", "Network", lambda record: record.name, lambda name: _short(safe(name)), left=True),
    Entry("input", "Input", lambda record: record.input.sizes, dims, left=True),
    Entry("parameters", "Parameters", lambda record: record.total.parameters, number),
    Entry("macs", "MACs", lambda record: record.total.macs if record.total.exact else None, amount),
    Entry("inference_bytes", "Inference", lambda record: record.inference.total_bytes, size),
    Entry("training_bytes", "Training", lambda record: record.training.total_bytes, size),
    Entry("receptive_field", "Field", _field, per_axis),
    Entry("layers", "Layers", lambda record: len(record.rows) - 1, number),
    Entry("neurons", "Neurons", lambda record: record.total.neurons, number),
    Entry("trainable", "Trainable", lambda record: record.total.trainable, number),
    Entry("hash", "Hash", lambda record: record.hash, lambda value: str(value)[:12]),
)
"""What is told of each network, in the order in which a wider terminal shows more."""

_LEAST: Final = 6
"""Entries that are shown however narrow the terminal is."""


def overview(records: Sequence[Record], look: Look) -> Iterator[str]:
    """The table for a terminal, with as many entries as fit."""
    shown = len(ENTRIES)
    while shown > _LEAST and table(records, shown).width > look.width:
        shown -= 1
    yield from drawn(table(records, shown), look)
    yield ""
    yield "Inference and Training are predicted peaks of memory for one batch."


def table(records: Sequence[Record], entries: int = len(ENTRIES)) -> Table:
    """A line for each network."""
    chosen = ENTRIES[:entries]
    lines = [Line(tuple(entry.written(entry.of(record)) for entry in chosen)) for record in records]
    return Table(chosen, tuple(lines))


def exported(records: Sequence[Record], form: str) -> Iterator[str]:
    """The overview as json, csv, markdown or latex; JSON and CSV hold exact values."""
    lines = [{entry.name: entry.of(record) for entry in ENTRIES} for record in records]
    match form:
        case "json":
            exact = [{name: as_plain(value) for name, value in line.items()} for line in lines]
            yield json.dumps(exact, indent=2)
        case "csv":
            yield comma_separated([entry.name for entry in ENTRIES], [list(line.values()) for line in lines])
        case "markdown":
            yield from markdown(table(records))
        case "latex":
            yield from latex(table(records), "Networks")
        case _:
            raise ValueError(f"an overview has no form {form}")
