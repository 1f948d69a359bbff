"""Runs of a few steps, and what they end with."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Finding
from netspec.network import Network
from netspec.training.data.dataset import Dataset
from netspec.training.data.own import dataset_of
from netspec.training.events import Event, Finished, Progress
from netspec.training.faults import TrainError
from netspec.training.loop import Loop
from netspec.training.runs import RunFolder
from netspec.training.session import Keeping, Training, begin
from netspec.training.setup import Options

SIZES = (4, 4, 1)
CLASSES = 3
NETWORK = "fc-6 -> bn -> relu -> dropout(0.3) -> fc-3"
"""A layer with running statistics, and one that draws random numbers."""
HARD = {
    "batch": 8,
    "epochs": 3,
    "accumulate": 2,
    "average": 0.9,
    "augmentation": "crop(1)",
    "optimizer": "momentum(0.05)",
}
"""Everything at once that a checkpoint has to hold: 4 steps an epoch, 12 in all, and 4 examples left over each time."""


def examples(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images with a bright row, and which one it is."""
    drawn = np.random.default_rng(seed)
    y = drawn.integers(0, CLASSES, count).astype(np.int32)
    x = drawn.normal(size=(count, *SIZES)).astype(np.float32)
    x[np.arange(count), y] += 2
    return x, y


def data(learnt: int = 36, test: int = 20) -> Dataset:
    """A data set in memory."""
    return dataset_of((examples(learnt), examples(test, 1)), SIZES)


def network(chain: str = NETWORK, **settings: Any) -> Network:
    """A network on the examples, with fields of its `train:` section."""
    text = f"input: 4x4x1\nnetwork: {chain}\n"
    return netspec.load(text=text, set={f"train.{name}": value for name, value in settings.items()})


def training(
    runs: Path | None = None,
    *,
    chain: str = NETWORK,
    on: Dataset | None = None,
    resident: bool | None = None,
    every: int | None = None,
    **settings: Any,
) -> Training:
    """A run, kept in a folder where one is given."""
    net = network(chain, **settings)
    return begin(
        net.name,
        net.spec,
        net.graph,
        keeping=Keeping(runs, "run", every=every),
        options=Options(resident=resident),
        data=on or data(),
    )


def again(made: Training) -> Training:
    """Another run of what a run is made of, kept nowhere; nothing is compiled again."""
    return Training(Loop(made.setup))


def stopped(run: Training, step: int) -> Finished:
    """The run up to a step, where it is asked to stop."""
    for event in run:
        if isinstance(event, Progress) and event.step >= step:
            run.stop()
        if isinstance(event, Finished):
            return event
    raise AssertionError


def left(run: Training, step: int) -> None:
    """The run up to a step, where it is left alone, as where its process ends."""
    for event in run:
        if isinstance(event, Progress) and event.step >= step:
            return


def losses(events: Iterator[Event] | Training) -> list[float]:
    """The loss of every step."""
    return [loss for event in events if isinstance(event, Progress) for loss in event.losses]


def folder(run: Training) -> RunFolder:
    """Where a run is kept."""
    assert run.folder is not None
    return run.folder


def finding(do: Callable[[], object]) -> Finding:
    """The one finding that a call ends with."""
    with pytest.raises(TrainError) as caught:
        do()
    (found,) = caught.value.findings
    return found
