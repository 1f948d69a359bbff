"""Bar charts of a page: neurons, parameters and MACs by layer, one bar for every row of the table."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Final

from netspec.analysis.record import Record
from netspec.analysis.summary import Row
from netspec.render.analysis import title, visible
from netspec.render.text import columns as width_of, safe
from netspec.render.units import amount, number, share

_MEASURES: Final[tuple[tuple[str, Callable[[Row], int | None]], ...]] = (
    ("Neurons", lambda row: row.neurons),
    ("Parameters", lambda row: row.parameters),
    ("MACs", lambda row: row.macs),
)
_NAMED: Final = 64
"""Up to so many bars each has its name and number; more are thin, and only blocks are named."""
_BARS: Final = 500
"""A longer network has neighbouring layers in one bar."""
_LINE: Final = 18
_TEXT: Final = 10
_GLYPH: Final = 6.7
_LONGEST: Final = 22
"""Characters of a name. The lengths above are CSS pixels: a line, between two names, and a character."""


@dataclass(frozen=True)
class _Bar:
    """One row, or neighbouring ones together; a number is None where a layer does not say it."""

    label: str
    block: str
    names: str
    folded: bool
    numbers: tuple[int | None, ...]


def charts(record: Record) -> Iterator[str]:
    """The three charts beside one another, with the names of the layers at their left."""
    bars = _bars(record)
    step = _LINE if len(bars) <= _NAMED else max(4, min(10, 1200 // len(bars)))
    labels = list(_labels(bars, step))
    yield '<div class="charts">'
    yield '<div class="label">Layer</div>'
    yield from (f'<div class="label">{measure}</div>' for measure, _ in _MEASURES)
    yield from _names(labels, len(bars) * step)
    for place in range(len(_MEASURES)):
        yield from _chart(bars, place, step)
    yield "</div>"


def note(record: Record) -> str:
    """What a bar is."""
    rows, bars = visible(record, expand=False, every=False), _bars(record)
    parts = ["Every chart has a scale of its own; the pointer on a bar shows the exact numbers."]
    if any(bar.folded for bar in bars):
        parts.append("Pale bars are sums over the layers of repeated blocks.")
    if len(bars) < len(rows):
        parts.append(f"A bar is the sum of up to {-(-len(rows) // _BARS)} neighbouring layers.")
    return " ".join(parts)


def _bars(record: Record) -> list[_Bar]:
    rows = visible(record, expand=False, every=False)
    each = -(-len(rows) // _BARS)
    return [_bar(rows[start : start + each]) for start in range(0, len(rows), each)]


def _bar(rows: Sequence[Row]) -> _Bar:
    first, last = rows[0], rows[-1]
    columns = ([measure(row) for row in rows] for _, measure in _MEASURES)
    return _Bar(
        label=title(first),
        block=first.name.partition("/")[0] if "/" in first.name else "",
        names=first.name if len(rows) == 1 else f"{first.name} to {last.name}",
        folded=first.kind == "repeat",
        numbers=tuple(_sum(column) for column in columns),
    )


def _sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _labels(bars: Sequence[_Bar], step: int) -> Iterator[tuple[int, str]]:
    """Names and their middles: of every bar, or of the blocks and what stands outside as far as there is room."""
    free, block = 0, ""
    for place, bar in enumerate(bars):
        middle = place * step + step // 2
        begins = bar.block != block or not bar.block
        block = bar.block
        if step >= _LINE:
            yield middle, bar.label
        elif begins and middle >= free:
            yield middle, bar.block or bar.label
            free = middle + _TEXT


def _names(labels: Sequence[tuple[int, str]], height: int) -> Iterator[str]:
    shown = [(middle, _cut(safe(label))) for middle, label in labels]
    width = round(max(width_of(label) for _, label in shown) * _GLYPH) + 2
    yield f'<svg class="names" width="{width}" height="{height}" aria-hidden="true">'
    for middle, label in shown:
        yield f'<text y="{middle + 4}">{escape(label)}</text>'
    yield "</svg>"


def _cut(text: str) -> str:
    return text if width_of(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _chart(bars: Sequence[_Bar], place: int, step: int) -> Iterator[str]:
    """One column of bars. The longest takes the whole width; numbers stand in the margin that the style leaves."""
    measure = _MEASURES[place][0]
    numbers = [bar.numbers[place] for bar in bars]
    largest, whole = max(value or 0 for value in numbers), sum(value or 0 for value in numbers)
    about = f"{measure} by layer; the table has every number"
    yield f'<svg class="bars" width="100%" height="{len(bars) * step}" role="img" aria-label="{about}">'
    for i, (bar, value) in enumerate(zip(bars, numbers, strict=True)):
        part = "" if value is None else f" ({share(Fraction(value, whole or 1))})"
        said = f"{safe(bar.names)}: {number(value)} {measure if measure == 'MACs' else measure.lower()}{part}"
        yield f"<g><title>{escape(said)}</title>" + _shape(bar, value, largest, i * step, step) + "</g>"
    yield "</svg>"


def _shape(bar: _Bar, value: int | None, largest: int, top: int, step: int) -> str:
    """The area that the pointer may be over, the bar, and where there is room its number."""
    gap = 4 if step >= _LINE else 1
    pale = ' class="sum"' if bar.folded else ""
    parts = [f'<rect class="line" y="{top}" width="100%" height="{step}"/>']
    length = 100 * (value or 0) / (largest or 1)
    if value:
        height = step - gap
        parts.append(f'<rect{pale} y="{top + gap // 2}" width="{length:.2f}%" height="{height}"/>')
    if step >= _LINE and value != 0:
        parts.append(f'<text x="{length:.2f}%" dx="4" y="{top + _LINE // 2 + 4}">{amount(value)}</text>')
    return "".join(parts)
