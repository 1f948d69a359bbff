"""What `netspec bench` says: times, and how they stand to what the machine can do."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from netspec.graph.show import label
from netspec.render.compiled import title
from netspec.render.grid import Heading, Line, Table, drawn
from netspec.render.text import Look, safe
from netspec.render.units import amount, number, seconds, share, size

if TYPE_CHECKING:
    from netspec.engine.bench import Bench, NodeBench, Roof, Timing
    from netspec.engine.model import Model


@dataclass(frozen=True)
class Benched:
    """A network's times, with the work and traffic of each layer for one forward pass."""

    model: "Model"
    batch: int
    whole: "Bench"
    layers: tuple["NodeBench", ...]
    roof: "Roof"
    least: tuple[float, ...]
    """The least seconds of each layer's forward pass, by the roofline model."""
    step_work: int
    """Forward passes that a training step counts as."""


def text(found: Benched, look: Look) -> Iterator[str]:
    """A line for the forward pass and one for the step; then the layers, where they were timed."""
    yield look.paint("strong", title(found.model, found.batch))
    yield ""
    heads = ("Median", "Fastest", "Slowest", "Examples/s", "Roofline", "Reached", "First run")
    columns = (Heading("", left=True), *map(Heading, heads))
    lines = [_line(name, timing, work, found) for name, timing, work in _parts(found)]
    yield from drawn(Table(columns, tuple(lines)), look)
    yield ""
    yield from _roof(found)
    if found.layers:
        yield ""
        yield from _layers(found, look)


def _parts(found: Benched) -> Iterator[tuple[str, "Timing", int]]:
    yield "forward", found.whole.forward, 1
    yield "training step", found.whole.step, found.step_work


def _line(name: str, timing: "Timing", work: int, found: Benched) -> Line:
    least = work * sum(found.least)
    return Line(
        (
            name,
            *(_time(value) for value in (timing.median, timing.fastest, timing.slowest)),
            number(round(found.batch / timing.median)),
            _time(least),
            share(Fraction(least / timing.fastest)),
            _time(timing.first),
        )
    )


def _roof(found: Benched) -> Iterator[str]:
    how = (
        "measured here by a matrix product and a copy"
        if found.roof.measured
        else "as the device's table says"
    )
    yield f"The step takes {size(found.whole.step_bytes)} by XLA's plan."
    yield (
        f"Roofline: {amount(round(found.roof.flops))}FLOP/s and {amount(round(found.roof.bandwidth))}B/s, {how}; each layer "
        f"at the larger of work and traffic; a step counts as {found.step_work} forward passes."
    )


def _layers(found: Benched, look: Look) -> Iterator[str]:
    columns = (
        Heading("Layer", left=True),
        Heading("Kind", left=True),
        *map(Heading, ("Forward", "Roofline", "Reached", "Both ways")),
    )
    lines = tuple(
        Line(
            (
                safe(one.node.name),
                label(one.node.layer),
                _time(one.forward),
                *((_time(least), share(Fraction(least / one.forward))) if least else ("-", "-")),
                _time(one.both),
            )
        )
        for one, least in zip(found.layers, found.least, strict=True)
    )
    total = sum(one.forward for one in found.layers), sum(one.both for one in found.layers)
    totals = ("all", "", _time(total[0]), _time(sum(found.least)), "", _time(total[1]))
    yield from drawn(Table(columns, lines, totals), look)
    yield ""
    yield "Each layer by itself, equal ones timed once; in the network XLA joins some with their neighbours."


def _time(value: float) -> str:
    return seconds(Fraction(value))


def as_json(found: Benched) -> Iterator[str]:
    """The same with every time in seconds."""
    content: dict[str, Any] = {
        "name": found.model.name,
        "precision": found.model.precision.name,
        "backend": found.model.lowerings.backend,
        "batch": found.batch,
        "forward": asdict(found.whole.forward),
        "step": asdict(found.whole.step),
        "step_bytes": found.whole.step_bytes,
        "roof": asdict(found.roof),
        "least_forward": sum(found.least),
        "layers": [
            {"name": one.node.name, "forward": one.forward, "both": one.both, "least_forward": least}
            for one, least in zip(found.layers, found.least, strict=bool(found.layers))
        ],
    }
    yield json.dumps(content, indent=2)
