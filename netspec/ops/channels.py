"""Vectors with one entry a channel, beside maps whose last axis is the channels."""

import jax.numpy as jnp

from netspec.ops.run import Array


def wide(x: Array) -> Array:
    """`x` in float32, or as it is where it is wider: the dtype of sums and statistics."""
    return x if x.dtype.itemsize >= 4 else x.astype(jnp.float32)


def along(vector: Array, x: Array) -> Array:
    """A vector over the channels in the wide dtype of `x`, with an axis of one for each other axis of `x`."""
    dtype = x.dtype if x.dtype.itemsize >= 4 else jnp.float32
    return vector.reshape((1,) * (x.ndim - 1) + vector.shape).astype(dtype)
