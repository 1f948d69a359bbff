"""The table of a run's epochs: its columns, and its lines for a terminal, one as soon as an epoch has ended."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from netspec.render.measured import METRICS, duration, metric, rate
from netspec.render.text import safe
from netspec.training.records import EpochRow

_WIDTH: Final = 8
_GAP: Final = "  "
_SHORT: Final = {"train_loss": "loss", "train_accuracy": "accuracy", "top5_accuracy": "top 5"}
_SAYS_LITTLE: Final = ("top5_accuracy", "train_accuracy", "train_loss")
BEST: Final = "best"


@dataclass(frozen=True)
class Epochs:
    """The table of a run.

    Attributes:
        names: The metrics that it shows, in order.
        watched: What the metrics without `train_` are measured on.
        rated: It shows the optimizer's rate too.
    """

    names: tuple[str, ...]
    watched: str
    rated: bool = True

    @classmethod
    def of(cls, metrics: Mapping[str, float], watched: str) -> "Epochs":
        """The table for a run whose first epoch has these metrics."""
        return cls(tuple(name for name in METRICS if name in metrics), safe(watched))

    def within(self, width: int) -> "Epochs":
        """As much of the table as a terminal has room for: what says least is left out first."""
        table = replace(self, rated=False) if self.columns > width else self
        for name in _SAYS_LITTLE:
            if table.columns > width:
                table = replace(table, names=tuple(other for other in table.names if other != name))
        return table

    @property
    def columns(self) -> int:
        """The columns that a line takes, with the mark of the best."""
        return len(self._laid(self.titles)) + len(f" {BEST}")

    @property
    def groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The examples that metrics are measured on, each with its metrics: `training`, and what is watched."""
        training = tuple(name for name in self.names if name.startswith("train_"))
        others = tuple(name for name in self.names if name not in training)
        return tuple(pair for pair in (("training", training), (self.watched, others)) if pair[1])

    @property
    def titles(self) -> tuple[str, ...]:
        """What stands above the columns, below the groups."""
        metrics = (_SHORT.get(name, name) for name in self.names)
        return ("epoch", *metrics, *(("rate",) if self.rated else ()), "time")

    def cells(self, row: EpochRow) -> tuple[str, ...]:
        """An epoch's values as they are written, in the order of the titles."""
        values = (metric(name, row.metrics.get(name)) for name in self.names)
        rates = (rate(row.rate),) if self.rated else ()
        return (str(row.epoch), *values, *rates, duration(row.seconds))

    def heads(self) -> tuple[str, str]:
        """Two lines for a terminal: the groups above their columns, and the titles."""
        above = " " * len("epoch")
        for title, names in self.groups:
            above += _GAP + title.center(len(names) * (_WIDTH + len(_GAP)) - len(_GAP))
        return above.rstrip(), self._laid(self.titles)

    def line(self, row: EpochRow) -> str:
        """A line for a terminal, without the mark of the best."""
        return self._laid(self.cells(row))

    @staticmethod
    def _laid(cells: tuple[str, ...]) -> str:
        first, *rest = cells
        return _GAP.join([first.rjust(len("epoch")), *(cell.rjust(_WIDTH) for cell in rest)])
