"""Normalization, channels last. Statistics are taken in at least float32; results have the input's dtype."""

from dataclasses import dataclass

import jax.numpy as jnp
from jax import lax

from netspec.ops.channels import along, wide
from netspec.ops.forms import Form, Operation
from netspec.ops.norm_one_pass import batch_norm as _one_pass
from netspec.ops.norm_response import local_response as _slices
from netspec.ops.run import Array, Run


@dataclass(frozen=True)
class NormCase:
    """The static facts of a normalization: the input's shape with the batch."""

    x: tuple[int, ...]
    dtype: str
    backend: str

    @property
    def concrete(self) -> bool:
        """All sizes are numbers; an exported function's batch may be a symbol."""
        return all(isinstance(size, int) for size in self.x)


def batch_norm(
    run: Run, x: Array, scale: Array | None, offset: Array | None, eps: float
) -> tuple[Array, Array, Array]:
    """Normalize every channel over batch and positions; the result, and the mean and biased variance.

    No gradient flows through the returned statistics: they are for the running ones. Source: Ioffe and Szegedy
    2015, algorithm 1.
    """
    case = NormCase(x.shape, x.dtype.name, run.backend)
    y, mean, variance = run.lowerings.pick(BATCH_NORM, case).run(x, scale, offset, eps)
    return y, lax.stop_gradient(mean), lax.stop_gradient(variance)


def normalize_with(
    x: Array, mean: Array, variance: Array, scale: Array | None, offset: Array | None, eps: float
) -> Array:
    """Normalize every channel with given statistics, as batch norm does after training."""
    factor = lax.rsqrt(variance + eps)
    if scale is not None:
        factor = factor * scale.astype(factor.dtype)
    y = (wide(x) - along(mean, x)) * along(factor, x)
    if offset is not None:
        y = y + along(offset, x)
    return y.astype(x.dtype)


def standardize(x: Array, axes: tuple[int, ...], eps: float) -> Array:
    """Mean 0 and variance 1 over `axes`: (x - mean) / sqrt(variance + eps), with the biased variance."""
    values = wide(x)
    centred = values - jnp.mean(values, axes, keepdims=True)
    variance = jnp.mean(jnp.square(centred), axes, keepdims=True)
    return (centred * lax.rsqrt(variance + eps)).astype(x.dtype)


def local_response(run: Run, x: Array, *, size: int, alpha: float, beta: float, k: float) -> Array:
    """y[c] = x[c] / (k + alpha * sum of x^2 over channels c - size//2 ... c + (size - 1)//2)^beta.

    Source: Krizhevsky et al. 2012, section 3.3.
    """
    case = NormCase(x.shape, x.dtype.name, run.backend)
    return run.lowerings.pick(LOCAL_RESPONSE, case).run(x, size, alpha, beta, k)


def _batch_norm_reference(
    x: Array, scale: Array | None, offset: Array | None, eps: float
) -> tuple[Array, Array, Array]:
    values, axes = wide(x), tuple(range(x.ndim - 1))
    mean = jnp.mean(values, axes)
    variance = jnp.mean(jnp.square(values - along(mean, x)), axes)
    return normalize_with(x, mean, variance, scale, offset, eps), mean, variance


def _local_response_reference(x: Array, size: int, alpha: float, beta: float, k: float) -> Array:
    values = wide(x)
    last = x.ndim - 1
    window, pads = [1] * x.ndim, [(0, 0)] * x.ndim
    window[last], pads[last] = size, (size // 2, (size - 1) // 2)
    sums = lax.reduce_window(jnp.square(values), 0.0, lax.add, window, [1] * x.ndim, pads)
    return (values * lax.pow(k + alpha * sums, jnp.array(-beta, values.dtype))).astype(x.dtype)


BATCH_NORM: Operation[NormCase] = Operation(
    "batch_norm",
    _batch_norm_reference,
    (
        Form(
            "one_pass",
            _one_pass,
            fits=lambda case: case.concrete,
            wins=lambda case: case.backend == "cpu",
            why="1.5 times faster with the gradient, from 32x128 to 4x112x112x64",
        ),
    ),
)
LOCAL_RESPONSE: Operation[NormCase] = Operation(
    "local_response",
    _local_response_reference,
    (
        Form(
            "slices",
            _slices,
            fits=lambda case: case.concrete,
            wins=lambda case: case.backend == "cpu",
            why="3 times faster with the gradient, on AlexNet's and GoogLeNet's maps",
        ),
    ),
)
