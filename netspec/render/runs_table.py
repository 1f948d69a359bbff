"""What `netspec runs` says: a line for every run, and several runs beside one another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from netspec.language.writing import argument, inline
from netspec.render.grid import Heading, Line, Table, drawn
from netspec.render.measured import METRICS, duration, exact_json, metric, metric_title, moment
from netspec.render.text import Look, columns, safe, wrap
from netspec.training.records import RunRecord, RunSummary

_MISSING: Final = "-"
_NARROWER: Final = ((), ("Begun",), ("Begun", "Network"), ("Begun", "Network", "Data"))
"""Columns to leave out until the list has room."""


def text(runs: Sequence[RunSummary], look: Look) -> Iterator[str]:
    """A line for every run, in the order given."""
    if not runs:
        yield "There are no runs here; `netspec train SPEC` makes one."
        return
    tables = [_listing(runs, left_out) for left_out in _NARROWER]
    yield from drawn(next((table for table in tables if table.width <= look.width), tables[-1]), look)


def _listing(runs: Sequence[RunSummary], left_out: Sequence[str]) -> Table:
    lines = [{title: cell for title, cell in _cells(run).items() if title not in left_out} for run in runs]
    words = ("Run", "Network", "Data", "Status", "Begun")
    heads = tuple(Heading(title, left=title in words) for title in lines[0])
    return Table(heads, tuple(Line(tuple(line.values())) for line in lines))


def _cells(run: RunSummary) -> dict[str, str]:
    return {
        "Run": safe(run.name),
        "Network": safe(run.network),
        "Data": safe(run.data),
        "Status": run.status,
        "Epoch": f"{run.epoch}/{run.epochs}",
        "Best": _best(run),
        "Accuracy": metric("accuracy", run.best.get("accuracy")),
        "Loss": metric("loss", run.best.get("loss")),
        "Time": duration(run.seconds),
        "Begun": safe(moment(run.created)),
    }


def _best(run: RunSummary) -> str:
    return str(run.best_epoch) if run.best_epoch else _MISSING


def as_json(runs: Sequence[RunSummary]) -> Iterator[str]:
    """A list of all of them, every number in full."""
    yield exact_json([asdict(run) for run in runs])


# -- beside one another ------------------------------------------------------------------------------------------------


def comparison(runs: Sequence[RunRecord], look: Look) -> Iterator[str]:
    """The settings in which the runs differ, and what came of them: the metrics of each one's best epoch."""
    names = [safe(run.summary.name) for run in runs]
    settings = list(differences(runs).items())
    if settings:
        yield from _part("Settings", names, settings, look)
    else:
        yield "These runs have the same settings."
    yield ""
    yield from _part("Results", names, list(_results(runs)), look)


def _part(
    title: str, names: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]], look: Look
) -> Iterator[str]:
    """A column for every run; where there is no room for that, the runs stand below one another."""
    heads = (Heading(title, left=True), *(Heading(name, left=True) for name in names))
    table = Table(heads, tuple(Line((key, *values)) for key, values in rows))
    if table.width <= look.width:
        yield from drawn(table, look)
        return
    width = max(map(columns, names))
    for key, values in rows:
        yield look.paint("strong", key)
        for name, value in zip(names, values, strict=True):
            first = f"  {name}{' ' * (width - columns(name))}  "
            yield from wrap(value, look.width, first=first, rest=" " * columns(first))


def _results(runs: Sequence[RunRecord]) -> Iterator[tuple[str, tuple[str, ...]]]:
    summaries = [run.summary for run in runs]
    yield "status", tuple(run.status for run in summaries)
    yield "epochs", tuple(f"{run.epoch} of {run.epochs}" for run in summaries)
    yield "best epoch", tuple(map(_best, summaries))
    for name in METRICS:
        if any(name in run.best for run in summaries):
            yield metric_title(name), tuple(metric(name, run.best.get(name)) for run in summaries)
    yield "time", tuple(duration(run.seconds) for run in summaries)


def differences(runs: Sequence[RunRecord]) -> dict[str, tuple[str, ...]]:
    """Settings that are not the same in all runs, each as it is written in every run; `-` where a run has none.

    Where all runs call the same thing with other arguments, only those are given: `optimizer.rate`.
    """
    found: dict[str, tuple[str, ...]] = {}
    for key, values in _unequal([{"network": run.summary.network, **run.settings} for run in runs]).items():
        calls = list(map(_call, values))
        if len({call and call[0] for call in calls}) == 1 and calls[0]:
            arguments = _unequal([call[1] for call in calls if call])
            found |= {safe(f"{key}.{name}"): tuple(map(written, these)) for name, these in arguments.items()}
        else:
            found[safe(key)] = tuple(map(written, values))
    return found


def _unequal(all_: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """What is not the same everywhere: by key its values, None where there is none."""
    keys = dict.fromkeys(key for one in all_ for key in one)
    values = {key: [one.get(key) for one in all_] for key in keys}
    return {key: found for key, found in values.items() if any(one != found[0] for one in found)}


def _call(value: Any) -> tuple[str, Mapping[str, Any]] | None:
    """Name and arguments of a recipe with arguments, as structured YAML writes it."""
    if isinstance(value, Mapping) and len(value) == 1:
        name, fields = next(iter(value.items()))
        return (name, fields) if isinstance(fields, Mapping) else None
    return None


def written(value: Any) -> str:
    """A setting as people write it: `adam(rate=0.001)`, and a chain with arrows."""
    if value is None:
        return _MISSING
    if isinstance(value, list | tuple):
        return " -> ".join(map(written, value)) or "none"
    if call := _call(value):
        return safe(f"{call[0]}({', '.join(f'{key}={argument(item)}' for key, item in call[1].items())})")
    return safe(value) if isinstance(value, str) else safe(inline(value))


def comparison_as_json(runs: Sequence[RunRecord]) -> Iterator[str]:
    """`runs`, and `differences`: by setting its value in each run, null where a run has none."""
    different = _unequal([run.settings for run in runs])
    yield exact_json({"runs": [asdict(run.summary) for run in runs], "differences": different})
