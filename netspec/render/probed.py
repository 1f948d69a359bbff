"""What `netspec probe` says: what comes out of each layer before training, and what gradient arrives there."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Final

from netspec.layers.base import dims
from netspec.render.figures import BLUE, GREEN, ORANGE, Picture, logarithmic
from netspec.render.grid import Heading, Line, Table, drawn
from netspec.render.measured import exact_json, percent, real
from netspec.render.text import Look, count, listed, safe, wrap
from netspec.training.records import Probe, ProbeRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FAR: Final = 100
"""A gradient that changes by more than this factor from one end to the other is told of."""
_DEAD: Final = 0.9
"""Share of zeros from which on a layer is called dead for these examples."""
_TITLES: Final = ("Layer", "Kind", "Shape", "Mean", "Std", "Zeros", "Gradient", "Weights", "Their gradient")
_NAMED: Final = 40
"""Layers up to which each one is named in the picture."""


def text(probe: Probe, look: Look) -> Iterator[str]:
    """The table, and what is remarkable in it."""
    yield look.paint("strong", f"{safe(probe.name)} at initialization")
    given = f"{safe(probe.initialization)} with seed {probe.seed}, on {count(probe.batch, 'example')} of {safe(probe.data)}"
    yield from wrap(f"{given}: loss {real(probe.loss)}", look.width)
    yield ""
    table = _table(probe)
    yield from drawn(table if table.width <= look.width else _table(probe, kinds=False), look)
    said = list(remarks(probe))
    if said:
        yield ""
        for remark in said:
            yield from wrap(remark, look.width, rest="  ")


def _table(probe: Probe, *, kinds: bool = True) -> Table:
    """A line for every layer."""
    left_out = () if kinds else ("Kind",)
    places = [i for i, title in enumerate(_TITLES) if title not in left_out]
    heads = tuple(Heading(_TITLES[i], left=i < 2) for i in places)
    lines = (_cells(row) for row in probe.rows)
    return Table(heads, tuple(Line(tuple(cells[i] for i in places)) for cells in lines))


def _cells(row: ProbeRow) -> tuple[str, ...]:
    norms = (row.gradient_norm, row.weight_norm, row.weight_gradient_norm)
    numbers = (real(row.mean), real(row.std), percent(row.zeros), *map(real, norms))
    return (safe(row.layer), safe(row.kind), dims(row.shape), *numbers)


def remarks(probe: Probe) -> Iterator[str]:
    """Gradients that vanish or explode on their way to the first layers, and layers that are all but dead."""
    norms = [(row.layer, row.gradient_norm) for row in probe.rows if row.gradient_norm is not None]
    broken = [layer for layer, norm in norms if not isfinite(norm)]
    if broken:
        yield f"The gradient at {_some(broken)} is not finite."
    elif len(norms) > 1:
        yield from _along(*norms[0], *norms[-1])
    dead = [row.layer for row in probe.rows if row.zeros >= _DEAD]
    if dead:
        yield f"At least {percent(_DEAD)} of what comes out of {_some(dead)} is zero."


def _along(first: str, at_first: float, last: str, at_last: float) -> Iterator[str]:
    """Backpropagation goes from the last layer to the first (lectures on depth: products of derivatives)."""
    way = f"from {safe(last)} ({real(at_last)}) to {safe(first)} ({real(at_first)})"
    if at_first * _FAR < at_last:
        yield f"The gradient vanishes {way}."
    elif at_first > _FAR * at_last:
        yield f"The gradient explodes {way}."


def _some(names: Sequence[str]) -> str:
    shown = [safe(name) for name in names[:3]]
    if len(names) > len(shown):
        shown.append(f"{len(names) - len(shown):,} more")
    return listed(shown, "and")


def as_json(probe: Probe) -> Iterator[str]:
    """Every number in full."""
    yield exact_json(asdict(probe))


def picture(probe: Probe) -> Picture:
    """Standard deviation, share of zeros and norm of the gradient, layer by layer."""

    def draw(figure: "Figure", ink: str) -> None:  # noqa: ARG001  only the data have colours
        above, middle, below = figure.subplots(3, 1, sharex=True, height_ratios=(3, 2, 3))
        _plot(above, "Standard deviation of the outputs", [row.std for row in probe.rows], BLUE)
        _zeros(middle, [row.zeros for row in probe.rows])
        _plot(below, "Norm of the gradient that arrives", [row.gradient_norm for row in probe.rows], GREEN)
        _names(below, probe)

    width = min(12.0, max(7.0, 1.5 + 0.28 * len(probe.rows)))
    return Picture("Outputs and gradients of each layer at initialization", width, 6.6, draw)


def _plot(axes: "Axes", title: str, values: Sequence[float | None], colour: str) -> None:
    """Points of the layers that have a finite value."""
    shown = [(i, value) for i, value in enumerate(values) if value is not None and isfinite(value)]
    axes.set_title(title)
    axes.grid(visible=True)
    if shown:
        x, y = zip(*shown, strict=True)
        axes.plot(x, y, "o-", color=colour, linewidth=1.4, ms=4 if len(values) <= _NAMED else 2)
    logarithmic(axes, (value for _, value in shown))


def _zeros(axes: "Axes", shares: Sequence[float]) -> None:
    from matplotlib.ticker import PercentFormatter  # noqa: PLC0415  it takes half a second

    axes.set_title("Zeros among the outputs")
    axes.grid(visible=True)
    axes.bar(range(len(shares)), shares, color=ORANGE, width=0.6)
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, symbol=" %"))


def _names(axes: "Axes", probe: Probe) -> None:
    """Names below the layers, of many only some."""
    each = -(-len(probe.rows) // _NAMED)
    places = range(0, len(probe.rows), each)
    axes.set_xticks(places, [safe(probe.rows[i].layer) for i in places], rotation=90)
