"""The table of a page: every layer in every column, with what choosing columns, opening repeats and sorting need."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import prod
from typing import Final

from netspec.analysis.columns import COLUMNS, DEVICE, LECTURE, WIDER, Column
from netspec.analysis.folding import own_row
from netspec.analysis.record import Record
from netspec.analysis.summary import Row, Summary
from netspec.render.analysis import table, visible
from netspec.render.grid import Line, Table
from netspec.render.text import safe

_SHOWN: Final = (*LECTURE, "name", "macs", "receptive_field")
"""Columns that are shown until others are chosen."""
_DEEPEST: Final = 9
"""Lines in more blocks than this are indented no further."""


@dataclass(frozen=True)
class _Entry:
    """A line with the row it was made from, None for the name of a block; `own` if activations leave it in place."""

    line: Line
    row: Row | None
    own: bool


def columns(record: Record) -> tuple[Column, ...]:
    """The columns of the page: those of the lectures, then what a wide terminal shows, then all others."""
    names = dict.fromkeys((*LECTURE, *WIDER, *COLUMNS))
    return tuple(COLUMNS[name] for name in names if record.settings.device or name not in DEVICE)


def column_rules(chosen: Sequence[Column]) -> str:
    """The style rules of single columns: words begin at the left, and a column that is not chosen is hidden."""
    rules = []
    for place, column in enumerate(chosen, start=1):
        cells = f".layers tr>:nth-child({place})"
        if column.left:
            rules.append(f"{cells}{{text-align:left}}")
        if column.name not in LECTURE:
            other = f'main:not(:has([name="all"]:checked)):has([name="{column.name}"]:not(:checked))'
            rules.append(f"{other} {cells}{{display:none}}")
    return "\n".join(rules)


def controls(record: Record, chosen: Sequence[Column]) -> Iterator[str]:
    """The boxes to tick: what rows and what columns are shown."""
    yield '<fieldset class="controls"><legend>Show</legend>'
    if any(row.kind == "repeat" for row in record.folded):
        yield _tick("open", "every layer of repeated blocks")
    if not all(map(own_row, record.rows)):
        yield _tick("place", "layers that work in place")
    yield _tick("all", "all columns")
    yield '<details><summary>columns</summary><div class="columns">'
    for column in chosen:
        if column.name not in LECTURE:
            yield _tick(column.name, column.title, ticked=column.name in _SHOWN, about=column.definition)
    yield "</div></details></fieldset>"


def _tick(name: str, text: str, *, ticked: bool = False, about: str = "") -> str:
    title = f' title="{escape(about)}"' if about else ""
    state = " checked" if ticked else ""
    return f'<label{title}><input type="checkbox" name="{name}"{state}> {escape(text)}</label>'


def html_table(record: Record, chosen: Sequence[Column]) -> Iterator[str]:
    """The table itself."""
    names = [column.name for column in chosen]
    folded = table(record, names, every=True)
    yield '<table class="layers"><thead><tr>'
    yield from (_head(column, names) for column in chosen)
    yield "</tr></thead>"
    yield from _bodies(record, folded, names)
    yield "<tfoot><tr>"
    yield f'<th scope="row">{escape(folded.totals[0])}</th>'
    yield "".join(f"<td>{escape(text)}</td>" for text in folded.totals[1:])
    yield "</tr></tfoot></table>"


def _head(column: Column, names: Sequence[str]) -> str:
    """A share is sorted by what it is a share of, whose numbers are exact."""
    base = column.name.removeprefix("share_")
    by = f' data-by="{names.index(base)}"' if column.unit == "share" and base in names else ""
    kind = "words" if column.unit == "text" else "numbers"
    return f'<th scope="col" data-kind="{kind}"{by} title="{escape(column.definition)}">{escape(column.title)}</th>'


def _bodies(record: Record, folded: Table, names: Sequence[str]) -> Iterator[str]:
    """The lines in order. A repeat is a body of its own: its sums, then the layers that it stands for."""
    write = _Writer(record.summary, tuple(COLUMNS[name] for name in names))
    opened: list[_Entry] = []
    places: dict[int, int] = {}
    if len(record.folded) < len(record.rows):
        opened = _entries(record, table(record, names, expand=True, every=True), expand=True)
        places = {entry.row.index: i for i, entry in enumerate(opened) if entry.row}
    plain: list[str] = []
    before = record.rows[0].index
    for entry in _entries(record, folded, expand=False):
        if entry.row is not None and entry.row.kind == "repeat":
            yield _body(plain)
            plain = []
            members = opened[places[before] + 1 : places[entry.row.index] + 1]
            yield _body(write.repeat(entry, members), ' class="repeat"')
        else:
            plain.append(write.line(entry))
        before = entry.row.index if entry.row else before
    yield _body(plain)


def _body(lines: Sequence[str], attributes: str = "") -> str:
    return "\n".join([f"<tbody{attributes}>", *lines, "</tbody>"]) if lines else ""


def _entries(record: Record, shown: Table, *, expand: bool) -> list[_Entry]:
    """The lines with their rows. The name of a block is in place if all layers are that stand under it."""
    rows = list(visible(record, expand=expand, every=True))
    found: list[_Entry] = []
    blocks_with_own = 0
    for line in reversed(shown.lines):
        row = None if line.heading else rows.pop()
        own = own_row(row) if row else bool(blocks_with_own >> line.depth & 1)
        outer = (1 << line.depth) - 1
        blocks_with_own = outer if row and own else blocks_with_own & outer
        found.append(_Entry(line, row, own))
    return found[::-1]


@dataclass(frozen=True)
class _Writer:
    """Lines to HTML."""

    summary: Summary
    chosen: tuple[Column, ...]

    def line(self, entry: _Entry, *classes: str) -> str:
        """A row of the table, or the name of a block."""
        row, line = entry.row, entry.line
        names = [*classes, *(["block"] if row is None else []), *([] if entry.own else ["place"])]
        start = f'<tr class="{" ".join(names)}">' if names else "<tr>"
        depth = f' class="d{min(line.depth, _DEEPEST)}"' if line.depth else ""
        if row is None:
            return f'{start}<th colspan="{len(self.chosen)}"{depth}>{escape(line.cells[0])}</th></tr>'
        first = escape(safe(line.cells[0]))
        if "sum" in classes:
            first = f'<label><input type="checkbox"> {first}</label>'
        cells = "".join(map(self._cell, self.chosen[1:], line.cells[1:], [row] * (len(self.chosen) - 1)))
        return f'{start}<th scope="row"{depth}>{first}</th>{cells}</tr>'

    def repeat(self, entry: _Entry, members: Sequence[_Entry]) -> list[str]:
        """The sums, and the layers with the blocks in which they stand below the repeat."""
        inner = [member for member in members if member.row or member.line.depth >= entry.line.depth]
        return [self.line(entry, "sum"), *(self.line(member, "member") for member in inner)]

    def _cell(self, column: Column, text: str, row: Row) -> str:
        if column.unit == "text":
            return f"<td>{escape(text)}</td>"
        if column.unit in ("count", "bytes", "share"):
            return f"<td>{text}</td>"
        return f"<td{_exact(column, text, row, self.summary)}>{text}</td>"


def _exact(column: Column, text: str, row: Row, summary: Summary) -> str:
    """The exact value that sorting goes by, where the text is another: of sizes their product, of fields the largest."""
    value = column.of(row, summary)
    if isinstance(value, tuple):
        known = [one for one in value if one is not None]
        value = prod(known) if column.unit == "shape" else max(known, default=None)
    return "" if value is None or str(value) == text else f' data-value="{value}"'
