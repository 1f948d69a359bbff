"""A transposed convolution as one matrix product that makes every stamp, and sums of shifted slices that lay them."""

from functools import reduce
from itertools import product
from operator import add

import jax.numpy as jnp
from jax import lax

from netspec.ops.convolution import conv
from netspec.ops.run import Array, Run
from netspec.ops.transposed_case import TransposedCase


def stamps(run: Run, x: Array, kernel: Array, case: TransposedCase) -> Array:
    """Row `q*S + a` of the full output sums the stamps' rows `a + S*j` of the input rows `q - j`."""
    made = _make(run, x, kernel, case)
    return _cut(
        _shuffle(reduce(add, (_shift(made, j, case) for j in product(*map(range, case.steps)))), case), case
    )


def _make(run: Run, x: Array, kernel: Array, case: TransposedCase) -> Array:
    """`[batch, *positions, *taps, filters]`: the kernel times every input value, the taps rounded up to strides."""
    ones = (1,) * case.rank
    # the taps go behind the channels, so that one product of matrices makes all of them
    flat = jnp.moveaxis(kernel, -2, 0).reshape(*ones, kernel.shape[-2], -1)
    made = conv(run, x, flat, strides=ones, pads=((0, 0),) * case.rank, dilations=ones)
    made = made.reshape(*x.shape[:-1], *case.taps, kernel.shape[-1])
    axes = zip(case.taps, case.steps, case.strides, strict=True)
    missing = [(0, n * s - k, 0) for k, n, s in axes]
    keep = [(0, 0, 0)]
    return lax.pad(made, jnp.zeros((), made.dtype), [*keep * (1 + case.rank), *missing, *keep])


def _shift(made: Array, steps: tuple[int, ...], case: TransposedCase) -> Array:
    """The stamps' rows `S*j ... S*j + S - 1`, moved by `j` rows of the input."""
    cuts = (slice(j * s, (j + 1) * s) for j, s in zip(steps, case.strides, strict=True))
    rows = made[(..., *cuts, slice(None))]
    places = [(j, n - 1 - j, 0) for j, n in zip(steps, case.steps, strict=True)]
    keep = [(0, 0, 0)]
    return lax.pad(rows, jnp.zeros((), rows.dtype), [*keep, *places, *keep * (case.rank + 1)])


def _shuffle(rows: Array, case: TransposedCase) -> Array:
    """`[batch, *positions, *strides, filters]` to `[batch, *positions * strides, filters]`."""
    rank, places = case.rank, rows.shape[1 : 1 + case.rank]
    order = (0, *(axis for i in range(rank) for axis in (1 + i, 1 + rank + i)), 1 + 2 * rank)
    sizes = (n * s for n, s in zip(places, case.strides, strict=True))
    return rows.transpose(order).reshape(rows.shape[0], *sizes, rows.shape[-1])


def _cut(full: Array, case: TransposedCase) -> Array:
    """The wanted rows: `low` fewer before, and as many as the output has; rows without a stamp are zero."""
    axes = zip(full.shape[1:-1], case.cuts, case.out, strict=True)
    places = [(-low, out + low - size, 0) for size, (low, _), out in axes]
    return lax.pad(full, jnp.zeros((), full.dtype), [(0, 0, 0), *places, (0, 0, 0)])
