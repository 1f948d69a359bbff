"""Made-up runs with numbers as real ones have them: their events, records, evaluations and probes."""

import random
from collections.abc import Iterator
from math import exp
from pathlib import Path

from netspec.training.events import EpochDone, Event, Finished, Progress, Saved, Started
from netspec.training.records import (
    EpochRow,
    Evaluation,
    Prediction,
    Probe,
    ProbeRow,
    RunRecord,
    RunSummary,
    Status,
)

RUN = Path("runs/lenet5-1")
STARTED = Started(
    name="LeNet-5",
    run=RUN,
    data="mnist",
    train_examples=60_000,
    watched="test",
    watched_examples=10_000,
    parameters=61_706,
    batch=128,
    steps=5_628,
    steps_per_epoch=469,
    step=0,
    devices=("TFRT_CPU_0",),
    resident=True,
)
HOSTILE = "</title><script>alert(1)</script> $\\frac{1}{ & \x1b[31m \u202e '\""
"""A name that would be markup, a formula, a colour or a change of direction where it is not taken for text."""


def metrics(epoch: int) -> dict[str, float]:
    """Of a run that learns, and at the end a little too much."""
    return {
        "train_loss": 0.41 * exp(-0.42 * epoch) + 0.004,
        "train_accuracy": 1 - 0.13 * exp(-0.42 * epoch) - 0.0012,
        "loss": 0.16 * exp(-0.40 * epoch) + 0.0121 + 0.0017 * epoch,
        "accuracy": 0.9921 - 0.05 * exp(-0.45 * epoch),
    }


def rows(epochs: int = 12, best: int = 9) -> tuple[EpochRow, ...]:
    """The epochs of such a run; every one is the best so far up to the best of all."""
    return tuple(
        EpochRow(
            epoch, 469 * epoch, metrics(epoch), 0.001 * 0.8**epoch, 2.9 + 0.1 * (epoch % 3), epoch <= best
        )
        for epoch in range(1, epochs + 1)
    )


def events(parts: int = 8, epochs: int = 12) -> Iterator[Event]:
    """The events of a whole run, whose epochs come in so many parts."""
    yield STARTED
    for row in rows(epochs):
        for part in range(1, parts + 1):
            step = 469 * (row.epoch - 1) + 469 * part // parts
            yield progress(step, row.epoch, None if step <= 469 // parts else 41_233.0)
        yield EpochDone(row.epoch, row.step, row.metrics, row.rate, row.best, row.seconds, 40_112.0)
        yield Saved(row.step, RUN / "checkpoints" / str(row.step))
    yield finished()


def progress(step: int, epoch: int, speed: float | None = 41_233.0) -> Progress:
    """Some steps of the run."""
    return Progress(step, epoch, metrics(epoch)["train_loss"], 0.97, 0.001, speed, 812_345_678, (0.3, 0.2))


def finished(reason: str = "done", run: Path | None = RUN, step: int = 5_628) -> Finished:
    """The end of the run."""
    return Finished(reason, step, 5_628, metrics(12), metrics(9), 9, 34.2, run, "0" * 64)


def summary(status: Status = "done", name: str = "lenet5-1") -> RunSummary:
    """The run in one line."""
    done = 12 if status == "done" else 5
    best = min(done, 9)
    return RunSummary(
        name, "LeNet-5", "mnist", status, done, 12, "loss", metrics(best), best, 2.85 * done, "2026-03-04T10:11:12+00:00",
        f"runs/{name}",
    )  # fmt: skip


SETTINGS = {
    "data": "mnist",
    "validation": 0.0,
    "batch": 128,
    "epochs": 12,
    "shuffle": True,
    "loss": "cross_entropy",
    "optimizer": {"adam": {"rate": 0.001, "b1": 0.9, "b2": 0.999, "eps": 1e-08}},
    "schedule": [{"warmup": {"steps": 100}}, "cosine"],
    "augmentation": [{"rotation": {"degrees": 10.0}}],
    "seed": 0,
}


def losses() -> tuple[tuple[int, float], ...]:
    """A noisy loss for every step."""
    draw = random.Random(1)
    return tuple(
        (step, 0.41 * exp(-0.42 * step / 469) * draw.uniform(0.3, 2.2) + 0.004) for step in range(1, 5_629)
    )


def evaluation(classes: int = 10, names: tuple[str, ...] = ()) -> Evaluation:
    """A network that is right most of the time, and takes neighbours for one another."""
    draw = random.Random(classes)
    each = max(10, 10_000 // classes)
    confusion = [[0] * classes for _ in range(classes)]
    for i, row in enumerate(confusion):
        for j in draw.choices(range(classes), k=draw.randint(1, 2 + each // 50)):
            row[j] += draw.choice((1, 1, 2, 5))
        row[i] += each - sum(row)
    right = sum(row[i] for i, row in enumerate(confusion))
    measured = {"loss": 0.0316, "accuracy": right / (each * classes)}
    names = names or tuple(map(str, range(classes)))
    return Evaluation(
        "lenet5-1", "mnist (test)", each * classes, measured, names, tuple(map(tuple, confusion))
    )


def record(status: Status = "done") -> RunRecord:
    """All that is told of the run."""
    about = summary(status)
    return RunRecord(
        about,
        "test",
        SETTINGS,
        facts=(("Parameters", "61,706"), ("Training examples", "60,000"), ("Test examples", "10,000")),
        environment=(
            ("netspec", "0.5.0"),
            ("jax", "0.10.2"),
            ("Python", "3.11.9"),
            ("Devices", "TFRT_CPU_0"),
        ),
        epochs=rows(about.epoch),
        losses=losses()[: 469 * about.epoch],
        evaluation=evaluation() if status == "done" else None,
    )


def probe(layers: int = 9, factor: float = 3.0) -> Probe:
    """A network whose gradient grows by a factor from layer to layer, backwards it shrinks."""
    kinds = ("conv", "relu", "maxpool")
    found = tuple(
        ProbeRow(
            layer=f"{kinds[i % 3]}{i // 3 + 1}",
            kind=kinds[i % 3],
            shape=(28, 28, 6),
            mean=0.01 * i,
            std=0.9**i,
            zeros=0.52 if i % 3 else 0.0,
            gradient_norm=1e-3 * factor**i,
            weight_norm=None if i % 3 else 3.4,
            weight_gradient_norm=None if i % 3 else 0.02,
        )
        for i in range(layers)
    )
    return Probe("LeNet-5", "mnist", 128, "he_normal", 0, 2.3026, found)


PREDICTIONS = (
    Prediction("seven.png", (("7", 0.9312), ("1", 0.041), ("9", 0.0102))),
    Prediction("four.png", (("4", 0.6012), ("9", 0.38), ("7", 0.01))),
)
