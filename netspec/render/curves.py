"""Learning curves of a run: loss, accuracy, and the optimizer's rate, epoch by epoch."""

from collections.abc import Sequence
from math import isfinite, nan
from statistics import fmean
from typing import TYPE_CHECKING, Final

from netspec.render.figures import BLUE, GREEN, ORANGE, Picture, logarithmic, plain_numbers, whole_numbers
from netspec.render.text import safe
from netspec.training.records import EpochRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_POINTS: Final = 400
"""Losses of steps that are drawn; of more, means of neighbours are."""
_WIDE: Final = 20
"""A loss that falls by more than this factor is drawn on a logarithmic axis."""


def curves(rows: Sequence[EpochRow], watched: str, losses: Sequence[tuple[int, float]] = ()) -> Picture:
    """The picture of these epochs, at least one, and of the losses of steps as `(step, loss)`."""

    def draw(figure: "Figure", ink: str) -> None:
        accuracy = any("accuracy" in row.metrics or "train_accuracy" in row.metrics for row in rows)
        grid = figure.add_gridspec(1, 3 if accuracy else 2, width_ratios=[4, 4, 2.4] if accuracy else [4, 2])
        axes = [figure.add_subplot(grid[i]) for i in range(grid.ncols)]
        _loss(axes[0], rows, watched, losses)
        if accuracy:
            _accuracy(axes[1], rows, watched)
        _rate(axes[-1], rows, ink)
        for each in axes:
            each.set_xlabel("epoch")
            each.grid(visible=True)
            whole_numbers(each)

    return Picture("Learning curves: loss, accuracy and rate by epoch", 11.4, 3.3, draw)


def _loss(axes: "Axes", rows: Sequence[EpochRow], watched: str, losses: Sequence[tuple[int, float]]) -> None:
    axes.set_title("Loss")
    steps = rows[0].step / rows[0].epoch
    thinned = _thinned([(step / steps, loss) for step, loss in losses if isfinite(loss)])
    if thinned:
        axes.plot(
            *zip(*thinned, strict=True), color=BLUE, alpha=0.35, linewidth=0.8, label="training, by step"
        )
    shown = _pair(axes, rows, ("train_loss", "loss"), watched)
    shown += [loss for _, loss in thinned]
    if shown and min(shown) > 0 and max(shown) > _WIDE * min(shown):
        logarithmic(axes, shown)
    if axes.lines:
        axes.legend()


def _accuracy(axes: "Axes", rows: Sequence[EpochRow], watched: str) -> None:
    from matplotlib.ticker import PercentFormatter  # noqa: PLC0415  it takes half a second

    axes.set_title("Accuracy")
    _pair(axes, rows, ("train_accuracy", "accuracy"), watched)
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, symbol=" %"))


def _rate(axes: "Axes", rows: Sequence[EpochRow], ink: str) -> None:
    axes.set_title("Rate")
    axes.plot(
        [row.epoch for row in rows], [row.rate for row in rows], color=ink, linewidth=1.2, marker=".", ms=4
    )
    axes.set_ylim(bottom=0)
    plain_numbers(axes)


def _pair(axes: "Axes", rows: Sequence[EpochRow], names: tuple[str, str], watched: str) -> list[float]:
    """The curve of training and that of what is watched, with a ring at the best epoch. Returns what is drawn."""
    series = [_points(rows, name) for name in names]
    looks = (("training", BLUE, "--"), (safe(watched), ORANGE, "-"))
    for points, (label, colour, style) in zip(series, looks, strict=True):
        if points:
            x, y = zip(*points, strict=True)
            axes.plot(x, y, style, color=colour, linewidth=1.6, marker=".", ms=5, label=label)
    best = next((row.epoch for row in reversed(rows) if row.best), None)
    at_best = [point for point in series[1] or series[0] if point[0] == best]
    for epoch, value in at_best:
        axes.plot(epoch, value, "o", color=GREEN, ms=9, mfc="none", mew=1.6, label="best epoch", ls="none")
    return [value for points in series for _, value in points]


def _points(rows: Sequence[EpochRow], name: str) -> list[tuple[int, float]]:
    return [(row.epoch, row.metrics[name]) for row in rows if isfinite(row.metrics.get(name, nan))]


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    each = max(1, -(-len(points) // _POINTS))
    parts = [points[start : start + each] for start in range(0, len(points), each)]
    return [(fmean(x for x, _ in part), fmean(y for _, y in part)) for part in parts]
