"""A transposed convolution as a convolution with more filters and a pixel shuffle."""

import jax.numpy as jnp
from jax import lax

from netspec.ops.convolution import conv
from netspec.ops.run import Array, Run
from netspec.ops.transposed_case import TransposedCase


def subpixel(run: Run, x: Array, kernel: Array, case: TransposedCase) -> Array:
    """One convolution gives all `stride` rows that stand for one input row, as channels; they are then put in place.

    Row `q*S + a` of the full output sums the taps `a + S*j` on input row `q - j`: a kernel of F/S taps, rounded
    up with zeros. Where stride and kernel are equal this is one matrix product. Source: Shi et al. 2016, Is the
    deconvolution layer the same as a convolutional layer?, arXiv:1609.07009.
    """
    steps = case.steps
    y = conv(
        run,
        x,
        _by_phase(kernel, case),
        strides=(1,) * case.rank,
        pads=tuple((n - 1, n - 1) for n in steps),
        dilations=(1,) * case.rank,
    )
    return _cut(_shuffle(y, case), case)


def _by_phase(kernel: Array, case: TransposedCase) -> Array:
    """`[*taps, channels, filters]` to `[*steps, channels, *phases, filters]`, the last axes as one; steps go back."""
    rank, steps = case.rank, case.steps
    axes = zip(case.taps, steps, case.strides, strict=True)
    grow = [(0, n * s - k, 0) for k, n, s in axes]
    full = lax.pad(kernel, jnp.zeros((), kernel.dtype), [*grow, (0, 0, 0), (0, 0, 0)])
    split = full.reshape(*(n for pair in zip(steps, case.strides, strict=True) for n in pair), *kernel.shape[-2:])
    order = (*range(0, 2 * rank, 2), 2 * rank, *range(1, 2 * rank, 2), 2 * rank + 1)
    phases = jnp.flip(split, tuple(range(0, 2 * rank, 2))).transpose(order)
    return phases.reshape(*steps, kernel.shape[-2], -1)


def _shuffle(y: Array, case: TransposedCase) -> Array:
    """`[batch, *positions, phases * filters]` to `[batch, *positions * strides, filters]`."""
    rank, batch, places = case.rank, y.shape[0], y.shape[1:-1]
    split = y.reshape(batch, *places, *case.strides, -1)
    order = (0, *(axis for i in range(rank) for axis in (1 + i, 1 + rank + i)), 1 + 2 * rank)
    sizes = (n * s for n, s in zip(places, case.strides, strict=True))
    return split.transpose(order).reshape(batch, *sizes, split.shape[-1])


def _cut(full: Array, case: TransposedCase) -> Array:
    """The wanted rows: `low` fewer before, and as many as the output has; rows beyond the stamps are zero."""
    axes = zip(full.shape[1:-1], case.cuts, case.out, strict=True)
    places = [(-low, out + low - size, 0) for size, (low, _), out in axes]
    return lax.pad(full, jnp.zeros((), full.dtype), [(0, 0, 0), *places, (0, 0, 0)])
