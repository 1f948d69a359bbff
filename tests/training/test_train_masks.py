"""Runs on label maps that are moved: what comes in from outside of an image has no label."""

import numpy as np
import pytest
from tiny_runs import SIZES, training

from netspec.training.data.own import dataset_of
from netspec.training.events import EpochDone, Progress


@pytest.mark.parametrize(
    ("chain", "loss"),
    [("conv1-1", "binary_cross_entropy"), ("conv1-2", "hinge"), ("conv1-2", "squared_error")],
)
def test_what_lies_outside_is_not_learnt_from(chain: str, loss: str) -> None:
    """Masks that a pixel's sign tells are learnt to the last pixel, and no loss falls below 0."""
    x = np.random.default_rng(0).choice([-1.0, 1.0], (32, *SIZES)).astype(np.float32)
    part = x, (x[..., 0] > 0).astype(np.int32)
    settings = {"batch": 8, "epochs": 4, "optimizer": "adam(0.3)", "preprocessing": []}
    run = training(
        chain=chain, on=dataset_of((part, part), SIZES), loss=loss, augmentation="crop(3)", **settings
    )
    losses, epochs = [], []
    for event in run:
        if isinstance(event, Progress):
            losses += event.losses
        if isinstance(event, EpochDone):
            epochs.append(event.metrics)
    assert min(losses) >= 0
    assert epochs[-1]["train_accuracy"] == epochs[-1]["accuracy"] == 1
