"""The table of a run's epochs: its columns, and its lines for a terminal, one as soon as an epoch has ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from netspec.render.measured import METRICS, duration, metric, rate
from netspec.render.text import safe
from netspec.training.records import EpochRow

_WIDTH: Final = 8
_GAP: Final = "  "
_SHORT: Final = {"train_loss": "loss", "train_accuracy": "accuracy", "top5_accuracy": "top 5"}
BEST: Final = "best"


@dataclass(frozen=True)
class Epochs:
    """The table of a run.

    Attributes:
        names: The metrics that it shows, in order.
        watched: What the metrics without `train_` are measured on.
    """

    names: tuple[str, ...]
    watched: str

    @classmethod
    def of(cls, metrics: Mapping[str, float], watched: str) -> "Epochs":
        """The table for a run whose first epoch has these metrics."""
        return cls(tuple(name for name in METRICS if name in metrics), safe(watched))

    @property
    def groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The examples that metrics are measured on, each with its metrics: `training`, and what is watched."""
        training = tuple(name for name in self.names if name.startswith("train_"))
        others = tuple(name for name in self.names if name not in training)
        return tuple(pair for pair in (("training", training), (self.watched, others)) if pair[1])

    @property
    def titles(self) -> tuple[str, ...]:
        """What stands above the columns, below the groups."""
        return ("epoch", *(_SHORT.get(name, name) for name in self.names), "rate", "time")

    def cells(self, row: EpochRow) -> tuple[str, ...]:
        """An epoch's values as they are written, in the order of the titles."""
        values = (metric(name, row.metrics.get(name)) for name in self.names)
        return (str(row.epoch), *values, rate(row.rate), duration(row.seconds))

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
