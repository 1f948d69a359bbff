"""Batch norm followed by ReLU, and local response normalization, with their gradients."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
from lowering_cases.gradients import Raced, with_gradients

from netspec.ops.elementwise import relu
from netspec.ops.normalization import BATCH_NORM, LOCAL_RESPONSE, NormCase

_BATCH_NORM = (
    ("ResNet-50, stem", (4, 112, 112, 64)),
    ("ResNet-50, stage 1", (4, 56, 56, 256)),
    ("ResNet-50, stage 2", (4, 28, 28, 512)),
    ("ResNet-50, stage 3", (4, 14, 14, 1024)),
    ("ResNet-50, stage 4", (4, 7, 7, 2048)),
    ("MobileNet, stem", (8, 112, 112, 32)),
    ("a fully connected layer", (32, 128)),
)
_LOCAL_RESPONSE = (
    ("AlexNet, 1", (8, 55, 55, 96)),
    ("AlexNet, 2", (8, 27, 27, 256)),
    ("GoogLeNet, 2", (4, 56, 56, 192)),
)


def _case(shape: tuple[int, ...]) -> NormCase:
    return NormCase(shape, dtype="float32", backend="cpu")


def _batch_norm(shape: tuple[int, ...]) -> Raced:
    def call(form: Callable[..., Any], x: jax.Array, scale: jax.Array, offset: jax.Array) -> jax.Array:
        return relu(form(x, scale, offset, 1e-5)[0])

    return with_gradients(BATCH_NORM, _case(shape), call, (shape, shape[-1:], shape[-1:]))


def _local_response(shape: tuple[int, ...]) -> Raced:
    def call(form: Callable[..., Any], x: jax.Array) -> jax.Array:
        return form(x, 5, 1e-4, 0.75, 2.0)

    return with_gradients(LOCAL_RESPONSE, _case(shape), call, (shape,))


CASES = [
    *(
        (f"{label}: {'x'.join(map(str, shape))}", "batch_norm", partial(_batch_norm, shape))
        for label, shape in _BATCH_NORM
    ),
    *(
        (f"{label}: {'x'.join(map(str, shape))}", "local_response", partial(_local_response, shape))
        for label, shape in _LOCAL_RESPONSE
    ),
]
