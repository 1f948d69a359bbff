"""What a run monitors: whether an epoch is the best so far, and whether it is time to stop."""

from dataclasses import dataclass, field
from math import isnan
from typing import Any

from netspec.diagnostics import rules
from netspec.language.recipes.stopping import EarlyStopping, Patience, Target
from netspec.training.faults import fault


@dataclass
class Watch:
    """The best epoch so far, and how long ago it was.

    Attributes:
        monitor: The metric's name.
        rule: When to stop early, if ever.
        value: The best value.
        epoch: Its epoch, from 1; 0 before any.
        metrics: Everything known of that epoch.
        stale: Epochs since a value that was better by the rule's `min_delta`.
    """

    monitor: str
    rule: EarlyStopping | None = None
    value: float | None = None
    epoch: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
    stale: int = 0
    mark: float | None = None

    @property
    def lower(self) -> bool:
        """Whether less is better."""
        return self.monitor.endswith("loss")

    def take(self, epoch: int, metrics: dict[str, float]) -> bool:
        """Look at an epoch; whether it is the best so far. Raises TrainError where the metric makes no sense."""
        if self.monitor not in metrics:
            known = ", ".join(metrics)
            message = f"the run monitors {self.monitor}, which these labels do not have; there are {known}"
            raise fault(rules.UNFIT_LABELS, "train", message, help="--set train.monitor=loss")
        value = metrics[self.monitor]
        delta = self.rule.min_delta if isinstance(self.rule, Patience) else 0.0
        if self.mark is None or self._better(value, self.mark, delta):
            self.mark, self.stale = value, 0
        else:
            self.stale += 1
        best = self.value is None or self._better(value, self.value, 0.0)
        if best:
            self.value, self.epoch, self.metrics = value, epoch, dict(metrics)
        return best

    def stops(self, metrics: dict[str, float]) -> bool:
        """Whether the rule ends the run after this epoch."""
        if isinstance(self.rule, Patience):
            return self.stale >= self.rule.epochs
        if isinstance(self.rule, Target):
            value = metrics[self.monitor]
            return value <= self.rule.value if self.lower else value >= self.rule.value
        return False

    def plain(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {
            "value": self.value,
            "epoch": self.epoch,
            "metrics": self.metrics,
            "stale": self.stale,
            "mark": self.mark,
        }

    def restore(self, plain: dict[str, Any]) -> None:
        """Go on from what `plain` gave."""
        self.value, self.epoch, self.metrics = plain["value"], plain["epoch"], dict(plain["metrics"])
        self.stale, self.mark = plain["stale"], plain["mark"]

    def _better(self, value: float, than: float, delta: float) -> bool:
        if isnan(than):
            return not isnan(value)
        return value < than - delta if self.lower else value > than + delta
