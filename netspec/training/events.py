"""What happens in a run, in order: frozen records that say it all and print nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Event:
    """Something that happened in a run."""


@dataclass(frozen=True)
class Started(Event):
    """The run begins, or goes on.

    Attributes:
        name: The network's name.
        run: The run's folder; None where nothing is kept.
        data: The data set's name.
        train_examples: Examples that are learnt from.
        watched: What `watched_examples` are: `validation` or `test`.
        parameters: Trainable parameters.
        batch: Examples a step.
        steps: Steps of the whole run.
        steps_per_epoch: Steps of an epoch.
        step: Steps done before; above 0 for a run that goes on.
        devices: Devices that share each batch, such as `("TFRT_CPU_0",)`.
        resident: The examples lie on the devices, and steps run there without coming back.
        images: The examples are images.
    """

    name: str
    run: Path | None
    data: str
    train_examples: int
    watched: str
    watched_examples: int
    parameters: int
    batch: int
    steps: int
    steps_per_epoch: int
    step: int
    devices: tuple[str, ...]
    resident: bool
    images: bool = True


@dataclass(frozen=True)
class Progress(Event):
    """Some steps have been done.

    Attributes:
        step: Steps done in the whole run.
        epoch: The epoch that the last of them belongs to, from 1.
        loss: Mean loss over the epoch so far, penalties not included.
        accuracy: Share of the epoch's examples that were told right so far; None without classes.
        rate: The optimizer's rate at the last step.
        examples_per_second: Over these steps; None for the first ones, which compile.
        memory_bytes: Peak memory of the process or device; None where it is not known.
        losses: The loss of each of these steps.
    """

    step: int
    epoch: int
    loss: float
    accuracy: float | None
    rate: float
    examples_per_second: float | None
    memory_bytes: int | None
    losses: tuple[float, ...] = field(repr=False)


@dataclass(frozen=True)
class EpochDone(Event):
    """An epoch has ended and was judged.

    Attributes:
        epoch: From 1; the last one of a run given in steps may be a part of one.
        step: Steps done in the whole run.
        metrics: By name: `train_loss`, `train_accuracy`, `loss`, `accuracy`, `top5_accuracy`; those that make sense.
        rate: The optimizer's rate at the last step.
        best: Whether it is the best one so far by what the run monitors.
        seconds: What the epoch's steps and its judging took.
        examples_per_second: Over the epoch's steps.
    """

    epoch: int
    step: int
    metrics: Mapping[str, float]
    rate: float
    best: bool
    seconds: float
    examples_per_second: float


@dataclass(frozen=True)
class Saved(Event):
    """A checkpoint is being written; it counts once it is complete."""

    step: int
    path: Path


@dataclass(frozen=True)
class Note(Event):
    """Something that people should know, in a sentence, such as images that were skipped."""

    text: str


@dataclass(frozen=True)
class Finished(Event):
    """The run is over.

    Attributes:
        reason: `done`, `stopped early` or `interrupted`.
        step: Steps done in the whole run.
        steps: Steps of the whole run.
        metrics: Of the parameters that the run ends with.
        best: Metrics of the best epoch.
        best_epoch: Its number; 0 where no epoch ended.
        seconds: Of this process.
        run: The run's folder.
        digest: SHA-256 of the whole state.
    """

    reason: str
    step: int
    steps: int
    metrics: Mapping[str, float]
    best: Mapping[str, float]
    best_epoch: int
    seconds: float
    run: Path | None
    digest: str
