"""Pooling to a grid of a given size."""

from collections.abc import Callable

import jax.numpy as jnp

from netspec.ops.run import Array


def pool_cells(x: Array, grid: tuple[int, ...], reduce: Callable[..., Array]) -> Array:
    """`[batch, *positions, channels]` to `[batch, *grid, channels]`, axis after axis.

    Cell i of n covers floor(i*W/n) up to, not including, ceil((i + 1)*W/n).
    """
    for axis, n in enumerate(grid, 1):
        x = _pool_axis(x, axis, n, reduce)
    return x


def _pool_axis(x: Array, axis: int, n: int, reduce: Callable[..., Array]) -> Array:
    size = x.shape[axis]
    if size % n == 0:
        return reduce(x.reshape(*x.shape[:axis], n, size // n, *x.shape[axis + 1 :]), axis + 1)
    before = (slice(None),) * axis
    cells = ((i * size // n, -(-(i + 1) * size // n)) for i in range(n))
    return jnp.stack([reduce(x[(*before, slice(*cell))], axis) for cell in cells], axis)
