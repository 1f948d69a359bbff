"""An analysis as a table for the terminal, with the lines above and below it."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from netspec.analysis.columns import COLUMNS, LECTURE, WIDER, Column
from netspec.analysis.folding import own_row
from netspec.analysis.record import Record
from netspec.analysis.summary import Row, Summary, Total
from netspec.render.grid import GAP, Line, Table, drawn
from netspec.render.memory import basis, predicted
from netspec.render.text import Look, count, listed, safe, wrap
from netspec.render.units import amount, cell, number, seconds, share, size

_NAMED: Final = 3
"""Layers or blocks that are named as holding most of something."""


def visible(record: Record, *, expand: bool, every: bool) -> tuple[Row, ...]:
    """The rows that are shown: repeats folded unless expanded, layers in place left out unless every one is wanted."""
    rows = record.rows if expand else record.folded
    return tuple(row for row in rows if every or own_row(row))


def table(record: Record, names: Sequence[str], *, expand: bool = False, every: bool = False) -> Table:
    """The rows of a record in these columns."""
    chosen = tuple(COLUMNS[name] for name in names)
    rows = visible(record, expand=expand, every=every)
    lines = tuple(_lines(rows, chosen, record.summary))
    return Table(chosen, lines, _totals(chosen, record.total))


def _lines(rows: Sequence[Row], chosen: Sequence[Column], summary: Summary) -> Iterator[Line]:
    """The rows under the names of the blocks they stand in, indented by depth."""
    open_: list[str] = []
    for row in rows:
        path = row.name.partition("..")[0].split("/")[:-1]
        kept = _common(open_, path)
        for depth in range(kept, len(path)):
            yield Line((safe(path[depth]), *[""] * (len(chosen) - 1)), depth, heading=True)
        open_ = path
        yield Line(tuple(_cell(column, row, summary) for column in chosen), len(path))


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    pairs = enumerate(zip(a, b, strict=False))
    return next((i for i, (x, y) in pairs if x != y), min(len(a), len(b)))


def _cell(column: Column, row: Row, summary: Summary) -> str:
    if column.name == "layer":
        return title(row)
    if column.name == "receptive_field" and row.sees_all:
        return "all"
    return safe(cell(column, column.of(row, summary)))


def title(row: Row) -> str:
    """A layer as the lectures write it, `CONV3-64`; a block by its name and how often, `bottleneck x5`."""
    if row.kind == "repeat":
        return f"{safe(row.label)} x{row.times}"
    return row.label.upper()


def _totals(chosen: Sequence[Column], total: Total) -> tuple[str, ...]:
    if not any(column.total for column in chosen):
        return ()
    said = [cell(column, column.total(total)) if column.total else "" for column in chosen]
    marked = [
        f">={text}" if column.name in _PRICED and not total.exact else text
        for column, text in zip(chosen, said, strict=True)
    ]
    return ("Total", *marked[1:]) if chosen[0].name == "layer" else tuple(marked)


_PRICED: Final = ("macs", "flops", "in_bounds_flops")
"""Columns whose total is a lower bound where a layer does not say what it costs."""


def fitting(record: Record, width: int, *, expand: bool, every: bool) -> tuple[str, ...]:
    """The lectures' columns, and as many more as fit."""
    names = list(LECTURE)
    whole = table(record, (*LECTURE, *WIDER), expand=expand, every=every)
    widths = dict(zip((*LECTURE, *WIDER), whole.widths, strict=True))
    used = sum(widths[name] + GAP for name in names)
    for name in WIDER:
        if used + widths[name] + GAP > width:
            break
        names.append(name)
        used += widths[name] + GAP
    return tuple(names)


def text(
    record: Record,
    look: Look,
    *,
    names: Sequence[str] | None = None,
    expand: bool = False,
    every: bool = False,
) -> Iterator[str]:
    """The analysis for a terminal: what the network is, its table, and what the numbers say."""
    chosen = names or fitting(record, look.width, expand=expand, every=every)
    yield from _above(record, look)
    yield ""
    yield from drawn(table(record, chosen, expand=expand, every=every), look)
    yield ""
    yield from below(record, look)
    yield ""
    yield from drawn(predicted(record), look)
    yield from wrap(basis(record), look.width)
    yield from hints(record, expand=expand, every=every, look=look)


def hints(record: Record, *, expand: bool, every: bool, look: Look) -> Iterator[str]:
    """How to see what the table leaves out."""
    left_out = []
    if not expand and len(record.folded) < len(record.rows):
        left_out.append("equal blocks are one row; --expand opens them")
    if not every and not all(map(own_row, record.rows)):
        left_out.append("layers that work in place, such as relu, have none; --all shows them")
    if left_out:
        yield ""
        yield from wrap("; ".join(left_out), look.width, first="Rows        ", rest=" " * 12)


def _above(record: Record, look: Look) -> Iterator[str]:
    outputs = " and ".join(str(shape) for _, shape in record.outputs)
    yield look.paint("strong", f"{safe(record.name)}: {record.input} -> {outputs}")
    if record.grammar:
        yield from wrap(f"follows {record.grammar}", look.width, rest="  ")
    else:
        yield from wrap(f"goes beyond the lecture grammar: {record.beyond}", look.width, rest="  ")


def below(record: Record, look: Look) -> Iterator[str]:
    """What the totals are made of, where most of them sits, and the memory of inference and training."""
    for label, said in facts(record):
        yield from wrap(said, look.width, first=f"{label:<10}  ", rest=" " * 12)


def facts(record: Record) -> Iterator[tuple[str, str]]:
    """What there is to say about the totals, each under its title."""
    total = record.total
    yield "Parameters", _parameters(record)
    if total.parameters:
        yield "", _most("parameters", record.folded, [row.parameters for row in record.folded])
    heads = [row for row in record.rows if row.head]
    if heads:
        called = list(dict.fromkeys(row.head or "" for row in heads))
        hold = f"head {called[0]} holds" if len(called) == 1 else f"heads {listed(called, 'and')} hold"
        yield "", f"the {safe(hold)} {number(sum(row.parameters for row in heads))} of them"
    if not total.exact:
        names = listed([f"`{safe(name)}`" for name in total.unpriced[:3]], "and")
        yield "Unknown", f"no cost is known for {names}: the MACs are a lower bound"
    flops = f"FLOPs = 2 x MACs = {amount(total.flops)}, {amount(total.in_bounds_flops)} in bounds"
    yield "MACs", f"{amount(total.macs)} a forward pass of one example; {flops}"
    yield "Memory", _activations(record)
    yield "", _most("memory", record.folded, [row.activation_bytes for row in record.folded])
    if record.settings.device is not None:
        yield "Roofline", _roofline(record)


def _roofline(record: Record) -> str:
    settings, time = record.settings, record.roofline_seconds
    assert settings.device is not None
    name = settings.device.full_name
    if time is None:
        return f"the rate of {settings.dtype} on {name} is not known"
    rate = float(settings.batch / time)
    kind = settings.device.runs_as(settings.dtype)
    least = f"at least {seconds(time)} for a forward pass of the batch on {name} at its rate of {kind}"
    return f"{least}: at most {rate:,.0f} examples/s; a model, not a measurement"


def _parameters(record: Record) -> str:
    total = record.total
    parts = f"{number(total.parameters)} = {number(total.weights)} weights + {number(total.biases)} biases"
    frozen = total.parameters - total.trainable
    trained = f"{number(total.trainable)} trained" if frozen else "all trained"
    more = f"; {number(total.statistics)} statistics beside them" if total.statistics else ""
    return f"{parts}; {trained}{more}"


def _activations(record: Record) -> str:
    settings, held = record.settings, size(record.total.activation_bytes)
    examples = count(settings.batch, "example")
    return f"{held} for all activations of {examples} in {settings.dtype}"


def _most(what: str, rows: Sequence[Row], numbers: Sequence[int]) -> str:
    """Where most of it sits: `most memory sits early, in conv1, conv2 and conv3: 52.7 %`."""
    parts: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        parts.setdefault(row.name.partition("/")[0], []).append(i)
    held = {part: sum(numbers[i] for i in places) for part, places in parts.items()}
    whole = sum(numbers) or 1
    named: list[str] = []
    for part in sorted(held, key=lambda part: -held[part])[:_NAMED]:
        named.append(part)
        if 2 * sum(held[name] for name in named) >= whole:
            break
    named.sort(key=lambda part: parts[part][0])
    names = listed(list(map(safe, named)), "and")
    together = Fraction(sum(held[name] for name in named), whole)
    if 2 * together < 1:
        return f"{what} {'is' if what == 'memory' else 'are'} spread out; the largest, {names}, hold {share(together)}"
    where = _place([rows[i] for part in named for i in parts[part]], rows[-1].index + 2)
    return f"most {what} {'sits' if what == 'memory' else 'sit'} {where}in {names}: {share(together)}"


def _place(rows: Sequence[Row], of: int) -> str:
    """In which half of so many layers, the input counted, these rows' layers are."""
    if all(2 * (row.index + 1) < of for row in rows):
        return "early, "
    return "late, " if all(2 * ((row.parts or (row,))[0].index + 1) >= of for row in rows) else ""
