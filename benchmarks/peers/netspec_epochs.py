"""Epochs of netspec's own loop, as `netspec.train` runs it."""

from collections.abc import Iterator

import jax
import numpy as np
from job import ADAM_RATE, Built, Job, examples
from peers.on_jax import device, gpu_peak_bytes

import netspec
from netspec.training.events import EpochDone
from netspec.training.session import Training

__all__ = ["build", "device", "gpu_peak_bytes"]

_ENDLESS = 10_000


def build(job: Job) -> Built:
    """A run that goes on for an epoch at each step.

    The loop judges at the end of each epoch: here by one batch, so that hardly any time goes into it.
    """
    x, y = examples(job, "train")
    x_test, y_test = examples(job, "test")
    run = netspec.train(
        job.spec,
        ((x, y), (x_test[: job.batch], y_test[: job.batch])),
        batch=job.batch,
        optimizer=f"adam({ADAM_RATE})",
        schedule="constant",
        augmentation=[],
        epochs=_ENDLESS,
    )
    epochs = _epochs(run)
    parameters = sum(leaf.size for leaf in jax.tree.leaves(run.loop.state.params))

    def judge() -> float:
        model, prepare = run.setup.model, run.setup.steps.prepare
        scores = model.apply(run.loop.weights, run.loop.state.state, prepare(jax.numpy.asarray(x_test)))
        return float(np.mean(np.argmax(scores, -1) == y_test))

    return Built(parameters, lambda: next(epochs), judge)


def _epochs(run: Training) -> Iterator[float]:
    """The mean loss of each epoch, once it is done."""
    return (event.metrics["train_loss"] for event in run if isinstance(event, EpochDone))
