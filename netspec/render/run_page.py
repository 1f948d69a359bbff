"""A run as one page of HTML that needs nothing but itself, and no script; `report.html` of every run.

While the run goes on the page asks to be read again every few seconds, so that it may simply be left open.
Its Content-Security-Policy permits the styles that stand in it and nothing else.
"""

from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

from netspec.render.confusion import caption, confusion
from netspec.render.curves import curves
from netspec.render.epochs import BEST, Epochs
from netspec.render.evaluated import class_table
from netspec.render.grid import Table
from netspec.render.measured import duration, metric, metric_title, moment, ordered
from netspec.render.page_pieces import figures, section, text
from netspec.render.runs_table import written
from netspec.render.text import count
from netspec.render.training_words import commands
from netspec.training.records import Evaluation, RunRecord

AGAIN: Final = 10
"""Seconds after which the page of a run that goes on is read again."""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(run: RunRecord) -> str:
    """The whole page: how it stands, curves, epochs, confusion, classes, settings, surroundings, what to do next."""
    pieces = [
        "<!DOCTYPE html>",
        '<html lang="en"><head>',
        *_head(run),
        "</head><body><main>",
        *_title(run),
        *figures(_headline(run)),
        *section("Learning curves", _curves(run)),
        *section("Epochs", _epochs(run)),
        *_evaluated(run),
        *section("How to go on", _next(run)),
        *section("Settings", _pairs((key, written(value)) for key, value in run.settings.items())),
        *section("Network and data", _pairs(run.facts)),
        *section("Surroundings", _pairs(run.environment)),
        "</main></body></html>",
    ]
    return "\n".join(pieces) + "\n"


def _head(run: RunRecord) -> Iterator[str]:
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    if run.summary.status == "running":
        yield f'<meta http-equiv="refresh" content="{AGAIN}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{text(run.summary.name)}: {text(run.summary.network)}</title>"
    styles = (files("netspec.render") / name for name in ("page_style.css", "run_style.css"))
    yield f"<style>{''.join(style.read_text('utf-8') for style in styles)}</style>"


def _title(run: RunRecord) -> Iterator[str]:
    about = run.summary
    yield f"<header><h1>{text(about.name)}</h1>"
    yield f'<p class="shapes">{text(about.network)} on {text(about.data)}</p>'
    yield f'<p class="status">{_status(run)}</p></header>'


def _status(run: RunRecord) -> str:
    about = run.summary
    begun = text(moment(about.created))
    if about.status == "running":
        return f"The run goes on; begun {begun}. This page is read again every {AGAIN} seconds."
    said = {
        "done": "The run is done",
        "stopped early": "The run was stopped early",
        "interrupted": "The run was interrupted",
    }
    return f"{said.get(about.status, 'The run failed')}; begun {begun}."


def _headline(run: RunRecord) -> Iterator[tuple[str, str, str]]:
    about = run.summary
    for name, value in ordered(about.best):
        if name == about.monitor or not name.startswith("train_"):
            chosen = ", the best one by this" if name == about.monitor else ""
            title = metric_title(name, run.watched).capitalize()
            yield title, metric(name, value), f"after epoch {about.best_epoch}{chosen}"
    yield "Epochs", f"{about.epoch} of {about.epochs}", "have ended"
    each = f"{duration(about.seconds / about.epoch)} an epoch" if about.epoch else ""
    yield "Time", duration(about.seconds), each


def _curves(run: RunRecord) -> Iterator[str]:
    if run.epochs:
        yield f'<figure class="pictures wide">{curves(run.epochs, run.watched, run.losses).inline("curves-")}</figure>'
    else:
        yield '<p class="note">No epoch has ended yet.</p>'


def _epochs(run: RunRecord) -> Iterator[str]:
    if not run.epochs:
        return
    table = Epochs.of(run.epochs[0].metrics, run.watched)
    yield '<div class="scroll" role="region" aria-label="Table of epochs" tabindex="0"><table class="epochs"><thead>'
    groups = (
        f'<th scope="colgroup" colspan="{len(names)}">{text(title)}</th>' for title, names in table.groups
    )
    yield f"<tr><th></th>{''.join(groups)}<th></th><th></th><th></th></tr>"
    titles = (f'<th scope="col">{title}</th>' for title in table.titles)
    yield f"<tr>{''.join(titles)}<th></th></tr></thead><tbody>"
    for row in run.epochs:
        first, *rest = map(text, table.cells(row))
        mark = BEST if row.epoch == run.summary.best_epoch else ""
        cells = "".join(f"<td>{cell}</td>" for cell in (*rest, mark))
        yield f'<tr class="{mark}"><th scope="row">{first}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _evaluated(run: RunRecord) -> Iterator[str]:
    evaluation = run.evaluation
    if evaluation is None:
        return
    said = ", ".join(
        f"{metric_title(name)} {metric(name, value)}" for name, value in ordered(evaluation.metrics)
    )
    about = f"{evaluation.data}, {count(evaluation.examples, 'example')}{_after(run, evaluation)}: {said}."
    yield from section("Evaluation", [f"<p>{text(about)}</p>", *_by_class(evaluation)])


def _after(run: RunRecord, evaluation: Evaluation) -> str:
    """The epoch whose parameters were judged: the last one that has these metrics."""
    metrics = dict(evaluation.metrics)
    epochs = (row.epoch for row in reversed(run.epochs) if metrics.items() <= dict(row.metrics).items())
    epoch = next(epochs, None)
    if epoch is None:
        return ""
    best = "the best one" if epoch == run.summary.best_epoch else f"the best one is {run.summary.best_epoch}"
    return f", after epoch {epoch} ({best})"


def _by_class(evaluation: Evaluation) -> Iterator[str]:
    if not evaluation.per_class:
        return
    yield '<div class="beside">'
    yield f'<figure class="pictures">{confusion(evaluation).inline("confusion-")}</figure>'
    yield '<div class="scroll" role="region" aria-label="Table of classes" tabindex="0">'
    yield from _table(class_table(evaluation, evaluation.per_class), "classes")
    yield f'</div></div><p class="note">{text(caption(evaluation))}</p>'


def _table(table: Table, name: str) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{text(title)}</th>' for title in table.titles)
    yield f'<table class="{name}"><thead><tr>{heads}</tr></thead><tbody>'
    for line in table.lines:
        first, *rest = map(text, line.cells)
        yield f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
    yield "</tbody></table>"


def _next(run: RunRecord) -> Iterator[str]:
    if run.summary.status == "running" and not run.epochs:
        return
    resumable = run.summary.status in ("interrupted", "failed")
    lines = "\n".join(map(text, commands(Path(run.summary.path), resumable=resumable, images=run.images)))
    yield f"<pre><code>{lines}</code></pre>"


def _pairs(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    rows = [f"<div><dt>{text(key)}</dt><dd>{text(value)}</dd></div>" for key, value in pairs]
    if rows:
        yield f'<dl class="notes">{"".join(rows)}</dl>'
