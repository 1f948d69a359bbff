"""Batch norm that reads its input once for both statistics, with a gradient written by hand."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from netspec.ops.channels import along, wide
from netspec.ops.run import Array

Kept = tuple[Array, Array, Array, Array, Array]

CANCELLATION = 16.0
"""How many variances the squared mean may be before the sum of squares loses too many digits: 4 bits here."""


def batch_norm(x: Array, scale: Array | None, offset: Array | None, eps: float) -> tuple[Array, Array, Array]:
    """The normalized values, the mean and the biased variance."""
    channels, dtype = x.shape[-1:], wide(x).dtype
    scale = jnp.ones(channels, dtype) if scale is None else scale.astype(dtype)
    offset = jnp.zeros(channels, dtype) if offset is None else offset.astype(dtype)
    rows = x.reshape(-1, x.shape[-1])  # the order of axes in which matrix products leave and read maps
    y, mean, variance = _batch_norm(rows, scale, offset, eps)
    return y.reshape(x.shape), mean, variance


@partial(jax.custom_vjp, nondiff_argnums=(3,))
def _batch_norm(x: Array, scale: Array, offset: Array, eps: float) -> tuple[Array, Array, Array]:
    return _forward(x, scale, offset, eps)[0]


def _forward(x: Array, scale: Array, offset: Array, eps: float) -> tuple[tuple[Array, Array, Array], Kept]:
    mean, variance, far = statistics(x)
    factor = lax.rsqrt(variance + eps)
    y = (wide(x) - along(mean, x)) * along(factor * scale, x) + along(offset, x)
    return (y.astype(x.dtype), mean, variance), (x, scale, mean, factor, far)


def _backward(eps: float, kept: Kept, gradients: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    """The input gets scale * factor * (g - mean(g) - z * mean(g * z)), with z the normalized input.

    The sum of g * x needs no mean beside each value, which XLA would store; where it would lose digits, as the sum of
    squares does, it is taken with the centred values.
    """
    del eps
    x, scale, mean, factor, far = kept
    g, axes, count = wide(gradients[0]), tuple(range(x.ndim - 1)), x.size // x.shape[-1]
    to_offset = jnp.sum(g, axes)
    product = jnp.sum(g * wide(x), axes) - mean * to_offset
    to_scale = factor * lax.cond(far, lambda: jnp.sum(g * (wide(x) - along(mean, x)), axes), lambda: product)
    centred = wide(x) - along(mean, x)
    shares = along(to_offset / count, x) + centred * along(to_scale * factor / count, x)
    to_x = (g - shares) * along(scale * factor, x)
    return to_x.astype(x.dtype), to_scale, to_offset


_batch_norm.defvjp(_forward, _backward)


def statistics(x: Array) -> tuple[Array, Array, Array]:
    """Mean and biased variance of every channel, from the sums of values and of squares.

    Where a channel's mean is so large against its spread that their difference would lose digits, which the third
    result says, the variance is taken again from the centred values.
    """
    values, axes = wide(x), tuple(range(x.ndim - 1))
    mean = jnp.mean(values, axes)
    square = jnp.square(mean)
    variance = jnp.mean(jnp.square(values), axes) - square
    far = jnp.max(square - CANCELLATION * variance) > 0
    variance = lax.cond(
        far,
        lambda: jnp.mean(jnp.square(values - along(mean, x)), axes),
        lambda: jnp.maximum(variance, jnp.zeros((), values.dtype)),
    )
    return mean, variance, far
