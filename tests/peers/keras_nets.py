"""Keras' applications on PyTorch's device `meta`: built in a moment, without weights and without memory.

The variables of the environment have to be set before Keras is imported, so nothing else here imports it.
"""

import os
from math import prod
from typing import Any

import torch
from peers.keras_specs import Counts
from torch.utils.flop_counter import FlopCounterMode

os.environ |= {"KERAS_BACKEND": "torch", "KERAS_TORCH_DEVICE": "meta"}

import keras


def count(application: str) -> Counts:
    """Build an application, such as `VGG16` or `MobileNet(alpha=0.5)`, and let Keras and PyTorch count."""
    name, _, alpha = application.rstrip(")").partition("(alpha=")
    options: dict[str, Any] = {"alpha": float(alpha)} if alpha else {}
    model = getattr(keras.applications, name)(weights=None, **options)
    example = torch.zeros((1, *model.input_shape[1:]), device="meta")
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(example)
    trainable, fixed = (
        sum(prod(weight.shape) for weight in weights)
        for weights in (model.trainable_weights, model.non_trainable_weights)
    )
    assert trainable + fixed == model.count_params()
    operations, half = divmod(counter.get_total_flops(), 2)
    assert half == 0
    return Counts(trainable, fixed, operations)
