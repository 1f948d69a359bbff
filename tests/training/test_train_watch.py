"""Which epoch is the best, and when a run stops before its length: by hand on short lists of values."""

import json
from math import inf, nan

import pytest
from tiny_runs import finding

from netspec.diagnostics import rules
from netspec.language.recipes.stopping import Patience, Target
from netspec.training.watch import Watch


def best_epochs(watch: Watch, values: list[float]) -> list[int]:
    """The epochs that were the best so far."""
    return [epoch for epoch, value in enumerate(values, 1) if watch.take(epoch, {watch.monitor: value})]


def stops_at(watch: Watch, values: list[float]) -> int | None:
    """The epoch after which the run ends; each time from what a checkpoint keeps."""
    for epoch, value in enumerate(values, 1):
        watch.take(epoch, {watch.monitor: value})
        kept = json.loads(json.dumps(watch.plain()))
        watch = Watch(watch.monitor, watch.rule)
        watch.restore(kept)
        if watch.stops({watch.monitor: value}):
            return epoch
    return None


@pytest.mark.parametrize(
    ("monitor", "values", "best"),
    [
        ("loss", [3, 1, 2, 1, 0.5], [1, 2, 5]),
        ("train_loss", [3, 4], [1]),
        ("accuracy", [0.1, 0.3, 0.3, 0.2, 0.4], [1, 2, 5]),
        ("loss", [nan, 5, nan, 4], [1, 2, 4]),
        ("accuracy", [nan, nan, 0.0], [1, 3]),
        ("loss", [inf, 2], [1, 2]),
    ],
)
def test_the_best_epoch(monitor: str, values: list[float], best: list[int]) -> None:
    """Less is better of a loss, more of an accuracy; an equal value is not better, and any number is better than none."""
    watch = Watch(monitor)
    assert best_epochs(watch, values) == best
    assert watch.epoch == best[-1]
    assert watch.metrics == {monitor: values[best[-1] - 1]}


@pytest.mark.parametrize(
    ("monitor", "rule", "values", "epoch"),
    [
        ("loss", Patience(epochs=2), [3, 2, 2, 1, 1, 1, 1], 6),
        ("loss", Patience(epochs=1), [3, 2, 1], None),
        ("loss", Patience(epochs=2, min_delta=0.5), [3, 2.8, 2.6, 2.4], 3),
        ("loss", Patience(epochs=2, min_delta=0.5), [3, 2.8, 2.4, 2.2, 2.0], 5),
        ("loss", Patience(epochs=2), [nan, 3, nan, nan], 4),
        ("accuracy", Patience(epochs=1), [0.5, 0.6, 0.6], 3),
        ("accuracy", Target(value=0.9), [0.5, 0.9, 1.0], 2),
        ("loss", Target(value=0.1), [0.5, 0.2, 0.05], 3),
        ("loss", None, [1, 2, 3, 4], None),
    ],
)
def test_when_a_run_stops(
    monitor: str, rule: Patience | Target | None, values: list[float], epoch: int | None
) -> None:
    """Patience counts epochs without anything better by more than `min_delta`; a target ends the run where it is reached."""
    assert stops_at(Watch(monitor, rule), values) == epoch


def test_a_metric_that_there_is_not() -> None:
    """It is told with those that there are."""
    found = finding(lambda: Watch("top5_accuracy").take(1, {"loss": 1.0, "accuracy": 0.5}))
    assert found.rule is rules.UNFIT_LABELS
    assert "there are loss, accuracy" in found.message
