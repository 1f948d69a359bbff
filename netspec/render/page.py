"""An analysis as one page of HTML that needs nothing but itself: no network, no library, and a script only to sort.

Its Content-Security-Policy permits the styles and the script that stand in it, by their hashes, and nothing else
(W3C, Content Security Policy Level 3, section 2.3.1).
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import Final

from netspec.analysis.columns import Column
from netspec.analysis.record import Record
from netspec.analysis.summary import Row
from netspec.render.analysis import facts
from netspec.render.memory import basis, predicted
from netspec.render.page_charts import charts, note
from netspec.render.page_pieces import figures, section, text
from netspec.render.page_table import column_rules, columns, controls, html_table
from netspec.render.text import count, safe
from netspec.render.units import amount, number, per_axis, size

_WIDE: Final = 600
"""Drawings wider than this, in CSS pixels, scroll on a narrow screen, where they could not be read any more."""


def page(record: Record) -> str:
    """The whole page: what the network is, its figures, drawing, charts and table, and what the columns mean."""
    chosen = columns(record)
    drawing = _drawing(record)
    style, script = _asset("page_style.css") + column_rules(chosen), _asset("page_script.js")
    pieces = [
        "<!DOCTYPE html>",
        '<html lang="en"><head>',
        *_head(record, [style, *re.findall(r"<style>(.*?)</style>", drawing, re.DOTALL)], script),
        f"<style>{style}</style>",
        "</head><body><main>",
        *_title(record),
        *figures(_headline(record)),
        *section("Notes", _notes(record)),
        *section("Drawing", [drawing]),
        *section("Layer by layer", [*charts(record), f'<p class="note">{note(record)}</p>']),
        *section("Table", _table(record, chosen)),
        *section("Memory", _memory(record)),
        *_definitions(chosen),
        "</main>",
        f"<script>{script}</script>",
        "</body></html>",
    ]
    return "\n".join(pieces) + "\n"


def _asset(name: str) -> str:
    return (files("netspec.render") / name).read_text("utf-8")


def _head(record: Record, styles: Iterable[str], script: str) -> Iterator[str]:
    sources = " ".join(map(_hash, styles))
    policy = f"default-src 'none'; style-src {sources}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{text(record.name)}</title>"


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _title(record: Record) -> Iterator[str]:
    yield f"<header><h1>{text(record.name)}</h1>"
    if record.source:
        yield f'<p class="source">{text(record.source)}</p>'
    outputs = [str(shape) for _, shape in record.outputs[:1]]
    outputs += [f"{shape} (head {name})" for name, shape in record.outputs[1:]]
    yield f'<p class="shapes">{text(str(record.input))} &rarr; {text(" and ".join(outputs))}</p>'
    if record.grammar:
        yield f"<p>It follows the lecture grammar<br><code>{text(record.grammar)}</code></p>"
    else:
        yield f"<p>It goes beyond the lecture grammar: {text(record.beyond or '')}.</p>"
    yield f'<p class="note">Hash of what it computes: <code>{record.hash}</code></p></header>'


def _headline(record: Record) -> Iterator[tuple[str, str, str]]:
    total, settings = record.total, record.settings
    lower = "" if total.exact else ">="
    batch = f"{count(settings.batch, 'example')} in {settings.dtype}"
    trained = "all" if total.trainable == total.parameters else number(total.trainable)
    yield "Parameters", number(total.parameters), f"{trained} trained"
    yield (
        "MACs",
        f"{lower}{number(total.macs)}",
        f"{amount(total.macs)} for one example; FLOPs are twice as many",
    )
    yield "Memory of inference", size(record.inference.total_bytes), batch
    yield "Memory of training", size(record.training.total_bytes), f"{batch}, {settings.optimizer}"
    seen = _last_field(record)
    if seen is not None:
        stride, padding = per_axis(seen.effective_stride), per_axis(seen.effective_padding)
        field = per_axis(seen.receptive_field)
        yield "Receptive field", field, f"at {seen.name}, stride {stride}, padding {padding}"
    yield "Neurons", number(total.neurons), f"{count(len(record.rows) - 1, 'layer')}"


def _last_field(record: Record) -> Row | None:
    """The last layer on the way to the main output whose outputs see different parts of the input."""
    rows = record.rows[1 : record.graph.outputs[0].index + 2]
    return next((row for row in reversed(rows) if row.effective_stride and any(row.effective_stride)), None)


def _notes(record: Record) -> Iterator[str]:
    """What the terminal says below its table; lines without a title belong to the one before."""
    titles: list[tuple[str, str]] = []
    for title, said in facts(record):
        titles.append((title or titles[-1][0], said))
    yield '<dl class="notes">'
    for title, group in groupby(titles, key=lambda pair: pair[0]):
        yield f"<div><dt>{title}</dt>{''.join(f'<dd>{text(said)}</dd>' for _, said in group)}</div>"
    yield "</dl>"


def _drawing(record: Record) -> str:
    from netspec.render.draw import DrawingError, svg  # noqa: PLC0415  only the page wants it

    try:
        drawn = svg(record.graph, title=safe(record.name))
    except DrawingError as refusal:
        return f'<p class="note">There is no drawing: {text(str(refusal))}.</p>'
    natural = re.search(r'width="(\d+)', drawn)
    wide = " wide" if natural and int(natural[1]) > _WIDE else ""
    return f'<figure class="drawing{wide}">{drawn}</figure>'


def _table(record: Record, chosen: Sequence[Column]) -> Iterator[str]:
    settings = record.settings
    yield (
        f'<p class="note">Counts are for one example, bytes for a batch of {settings.batch:,} in {settings.dtype}.'
        "  The rows add up to the totals.</p>"
    )
    yield from controls(record, chosen)
    yield '<div class="scroll" role="region" aria-label="Table of layers" tabindex="0">'
    yield from html_table(record, chosen)
    yield "</div>"


def _memory(record: Record) -> Iterator[str]:
    """The predicted memory line by line, in bytes, and what the prediction assumes."""
    shown = predicted(record)
    heads = "".join(f'<th scope="col">{text(title)}</th>' for title in shown.titles)
    yield f'<div class="scroll"><table class="memory"><thead><tr>{heads}</tr></thead><tbody>'
    yield from (_memory_row(line.cells) for line in shown.lines)
    yield f"</tbody><tfoot>{_memory_row(shown.totals)}</tfoot></table></div>"
    yield f'<p class="note">{text(basis(record))}</p>'


def _memory_row(cells: Sequence[str]) -> str:
    numbers = "".join(f"<td>{text(cell)}</td>" for cell in cells[1:])
    return f'<tr><th scope="row">{text(cells[0])}</th>{numbers}</tr>'


def _definitions(chosen: Sequence[Column]) -> Iterator[str]:
    yield '<details class="definitions"><summary>What the columns mean, and where they are from</summary><dl>'
    for column in chosen:
        yield f"<div><dt>{escape(column.title)}</dt><dd>{_prose(column.definition)} <cite>{_prose(column.source)}</cite></dd></div>"
    yield "</dl></details>"


def _prose(text: str) -> str:
    """A text of the manual, what stands between backticks as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))
