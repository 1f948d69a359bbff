"""What runs leave behind, as plain records: epochs, evaluations, predictions, probes, runs. They need no jax."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

Status = Literal["running", "done", "stopped early", "interrupted", "failed"]
"""How it stands with a run; `failed` is one that ended without saying so, or with a fault."""

STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True)
class EpochRow:
    """An epoch of a run, as `metrics.jsonl` holds it.

    Attributes:
        epoch: From 1.
        step: Steps done in the whole run.
        metrics: By name: `train_loss`, `train_accuracy`, `loss`, `accuracy`, `top5_accuracy`; those that make sense.
        rate: The optimizer's rate at the last step.
        seconds: What the epoch's steps and its judging took.
        best: Whether it was the best one so far by what the run monitors.
    """

    epoch: int
    step: int
    metrics: Mapping[str, float]
    rate: float
    seconds: float
    best: bool


@dataclass(frozen=True)
class ClassRow:
    """How well one class is told from the others; a share without anything to be a share of is None.

    Attributes:
        name: The class.
        count: Examples of it.
        right: Those told right.
        precision: Share of what was told to be of this class and is.
        recall: Share of the class's examples that were told right.
        f1: Harmonic mean of both (van Rijsbergen 1979): 2 right / (examples + told).
    """

    name: str
    count: int
    right: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class Evaluation:
    """A network judged by examples.

    Attributes:
        name: The run, or the runs that were averaged.
        data: The data set, and its part.
        examples: How many were judged.
        metrics: By name: `loss`, `accuracy`, `top5_accuracy`; those that make sense.
        classes: Names of the classes; empty for a regression.
        confusion: `confusion[i][j]` counts examples (of a map: positions) of class i that were told to be of class j;
            None where there are no classes, or too many.
    """

    name: str
    data: str
    examples: int
    metrics: Mapping[str, float]
    classes: tuple[str, ...] = ()
    confusion: tuple[tuple[int, ...], ...] | None = field(default=None, repr=False)

    @cached_property
    def per_class(self) -> tuple[ClassRow, ...]:
        """Each class by itself, from the confusion; empty where there is none."""
        return () if self.confusion is None else tuple(self._rows(self.confusion))

    def _rows(self, confusion: tuple[tuple[int, ...], ...]) -> Iterator[ClassRow]:
        told = [sum(column) for column in zip(*confusion, strict=True)]
        for i, (name, row) in enumerate(zip(self.classes, confusion, strict=True)):
            right, count = row[i], sum(row)
            yield ClassRow(
                name,
                count,
                right,
                precision=_share(right, told[i]),
                recall=_share(right, count),
                f1=_share(2 * right, count + told[i]),
            )

    @cached_property
    def mistakes(self) -> tuple[tuple[int, str, str], ...]:
        """`(times, class, told)`, the most frequent first; equal ones in the order of the classes."""
        found = [
            (times, self.classes[i], self.classes[j])
            for i, row in enumerate(self.confusion or ())
            for j, times in enumerate(row)
            if times and i != j
        ]
        return tuple(sorted(found, key=lambda mistake: -mistake[0]))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True)
class Prediction:
    """What a network says of one example.

    Attributes:
        source: The file, or what else the example is from.
        top: The most probable classes, each with its probability, best first; empty where there are no classes.
        values: What a regression gives.
        note: What else there is to say, such as where a map was written.
    """

    source: str
    top: tuple[tuple[str, float], ...] = ()
    values: tuple[float, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class ProbeRow:
    """A layer before training: what comes out of it, and what gradient arrives at it.

    Attributes:
        layer: The node's name.
        kind: The layer's kind.
        shape: Of its output, without the batch.
        mean: Of its outputs over the batch.
        std: Their standard deviation.
        zeros: Share of its outputs that are zero; of a ReLU those are dead for these examples.
        gradient_norm: Euclidean norm of the loss's gradient by its outputs; None where none arrives.
        weight_norm: Euclidean norm of its parameters; None where it has none.
        weight_gradient_norm: Euclidean norm of the loss's gradient by its parameters; None where it has none.
    """

    layer: str
    kind: str
    shape: tuple[int, ...]
    mean: float
    std: float
    zeros: float
    gradient_norm: float | None
    weight_norm: float | None = None
    weight_gradient_norm: float | None = None


@dataclass(frozen=True)
class Probe:
    """A network at initialization, layer by layer.

    Attributes:
        name: The network's name.
        data: Where the examples are from.
        batch: How many there are.
        initialization: How the weights were drawn, in arrow notation.
        seed: Of the weights.
        loss: Mean loss of the examples.
        rows: The layers in order.
    """

    name: str
    data: str
    batch: int
    initialization: str
    seed: int
    loss: float
    rows: tuple[ProbeRow, ...]


@dataclass(frozen=True)
class RunSummary:
    """A run in one line.

    Attributes:
        name: The run's name, such as `lenet5-1`.
        network: The network's name.
        data: The data set's name.
        status: How it stands with it.
        epoch: Epochs that have ended.
        epochs: Epochs of the whole run; the last one of a run given in steps may be a part of one.
        monitor: What makes one epoch better than another, such as `loss`.
        best: Metrics of the best epoch by name; empty where no epoch ended.
        best_epoch: Its number; 0 where no epoch ended.
        seconds: Time of all epochs.
        created: When it began, ISO 8601 with the offset from UTC.
        path: The run's folder.
    """

    name: str
    network: str
    data: str
    status: Status
    epoch: int
    epochs: int
    monitor: str
    best: Mapping[str, float]
    best_epoch: int
    seconds: float
    created: str
    path: str


@dataclass(frozen=True)
class RunRecord:
    """All that is told of a run.

    Attributes:
        summary: The run in one line.
        watched: What the metrics without `train_` are measured on: `validation` or `test`.
        settings: The resolved `train:` section, as `train_as_plain` gives it.
        facts: Of the network and the data by title, such as `("Parameters", "61,706")`.
        environment: Versions, platform and devices by title.
        epochs: The epochs that have ended.
        losses: `(step, loss)` of steps; as many as are kept.
        evaluation: How the best parameters were judged; None before the end.
        images: The examples are images.
    """

    summary: RunSummary
    watched: str
    settings: Mapping[str, Any]
    facts: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    epochs: tuple[EpochRow, ...] = ()
    losses: tuple[tuple[int, float], ...] = field(default=(), repr=False)
    evaluation: Evaluation | None = None
    images: bool = True
