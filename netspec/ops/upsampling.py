"""Enlarging maps: values repeated, gone over linearly, or taken from channels. Gradients are sums of slices, no scatter."""

import jax.numpy as jnp

from netspec.ops.run import Array


def nearest(x: Array, axis: int, factor: int) -> Array:
    """Each position `factor` times: y[i] = x[floor(i / factor)]."""
    return _side_by_side([x] * factor, axis)


def linear(x: Array, axis: int, factor: int) -> Array:
    """Between the two nearest positions; output i lies at (i + 1/2)/factor - 1/2, and the edge is repeated."""
    size = x.shape[axis]
    first, last = (jnp.take(x, jnp.array([i]), axis) for i in (0, size - 1))
    before = jnp.concatenate([first, _slice(x, axis, 0, size - 1)], axis)
    after = jnp.concatenate([_slice(x, axis, 1, size), last], axis)
    phases = []
    for phase in range(factor):
        share = (phase + 0.5) / factor - 0.5
        other = after if share > 0 else before
        phases.append(x * (1 - abs(share)) + other * abs(share))
    return _side_by_side(phases, axis)


def interleave(x: Array, factors: tuple[int, ...]) -> Array:
    """`[batch, *positions, *factors, channels]` to `[batch, *(positions * factors), channels]`: blocks of pixels."""
    rank = len(factors)
    pairs = [axis for i in range(rank) for axis in (1 + i, 1 + rank + i)]
    larger = [size * factor for size, factor in zip(x.shape[1:], factors, strict=False)]
    return x.transpose(0, *pairs, 1 + 2 * rank).reshape(x.shape[0], *larger, x.shape[-1])


def _slice(x: Array, axis: int, start: int, stop: int) -> Array:
    return x[(*(slice(None),) * axis, slice(start, stop))]


def _side_by_side(phases: list[Array], axis: int) -> Array:
    x = jnp.stack(phases, axis + 1)
    return x.reshape(*x.shape[:axis], -1, *x.shape[axis + 2 :])
