"""What a run says at its beginning and at its end."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from netspec.render.measured import duration, metric, metric_title, ordered
from netspec.render.text import columns, count, safe
from netspec.render.units import number
from netspec.training.events import Finished, Started

_LABEL: Final = 12


def heading(started: Started) -> str:
    """What is trained on what."""
    return f"{safe(started.name)} on {safe(started.data)}"


def beginning(started: Started) -> Iterator[str]:
    """The lines below the heading: parameters, examples, steps, devices, and where the run is kept."""
    yield _line("parameters", number(started.parameters))
    watched = f"{number(started.watched_examples)} for {safe(started.watched)}"
    yield _line("examples", f"{number(started.train_examples)} for training, {watched}")
    yield _line("length", _length(started))
    yield _line("device", _devices(started))
    if started.run is not None:
        yield _line("folder", f"{safe(str(started.run))}  (Ctrl-C saves the run and stops it)")


def _line(label: str, text: str) -> str:
    return f"  {label:<{_LABEL}}{text}"


def epochs(started: Started) -> int:
    """Epochs of the whole run; the last one may be a part of one."""
    return -(-started.steps // started.steps_per_epoch)


def _length(started: Started) -> str:
    whole = f"{count(epochs(started), 'epoch')} of {count(started.steps_per_epoch, 'step')}"
    if started.steps % started.steps_per_epoch:
        whole = f"{count(started.steps, 'step')}, {number(started.steps_per_epoch)} an epoch"
    before = f"; goes on after step {number(started.step)}" if started.step else ""
    return f"{whole}, {count(started.batch, 'example')} a step{before}"


def _devices(started: Started) -> str:
    first, *more = map(safe, started.devices)
    names = f"{len(more) + 1}, {first} to {more[-1]}" if more else first
    return f"{names}; {'holds all examples' if started.resident else 'gets the examples batch by batch'}"


def ending(finished: Finished, watched: str, *, images: bool, width: int) -> Iterator[str]:
    """How the run ended, how good it is, where its results are, and how to go on.

    Lines of metrics go on in another one where `width` columns end; paths and commands can be copied whole.
    """
    yield _outcome(finished)
    yield from _results(finished, watched, width)
    if finished.run is not None:
        yield ""
        yield _line("results", safe(str(finished.run)))
        yield _line("report", safe(str(finished.run / "report.html")))
        label = "next"
        resumable = finished.reason == "interrupted"
        for command in commands(finished.run, resumable=resumable, images=images):
            yield _line(label, command)
            label = ""


def _outcome(finished: Finished) -> str:
    took, where = duration(finished.seconds), f"step {number(finished.step)} of {number(finished.steps)}"
    match finished.reason:
        case "done":
            return f"Done in {took}."
        case "stopped early":
            return f"Stopped early at {where}, after {took}, by the rule of `early_stopping`."
        case _:
            kept = "All of it is saved." if finished.run else "Nothing of it is kept."
            return f"{safe(finished.reason).capitalize()} at {where}, after {took}. {kept}"


def _results(finished: Finished, watched: str, width: int) -> Iterator[str]:
    if finished.best_epoch:
        best = measured(finished.best, watched)
        yield from _packed("best epoch", [f"{finished.best_epoch}: {best[0]}", *best[1:]], width)
    if finished.metrics and dict(finished.metrics) != dict(finished.best):
        yield from _packed("at the end", measured(finished.metrics, watched), width)


def _packed(label: str, parts: list[str], width: int) -> Iterator[str]:
    """Parts with commas between, as many in a line as there is room for."""
    line = parts[0]
    for part in parts[1:]:
        if columns(_line(label, f"{line}, {part},")) > width:
            yield _line(label, f"{line},")
            label, line = "", part
        else:
            line += f", {part}"
    yield _line(label, line)


def measured(metrics: Mapping[str, float], watched: str = "") -> list[str]:
    """Metrics with their values, those of training left out where there are others."""
    pairs = ordered(metrics)
    chosen = [pair for pair in pairs if not pair[0].startswith("train_")] or pairs
    return [f"{safe(metric_title(name, watched))} {metric(name, value)}" for name, value in chosen]


def commands(run: Path, *, resumable: bool, images: bool) -> Iterator[str]:
    """The commands to go on with, as a shell takes them."""
    folder = safe(shlex.quote(str(run)))
    if resumable:
        yield f"netspec resume {folder}"
    yield f"netspec evaluate {folder}"
    yield f"netspec predict {folder} {'image.png' if images else 'examples.npy'}"
