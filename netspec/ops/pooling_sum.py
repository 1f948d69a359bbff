"""Sums of windows as sums of slices: XLA's own `reduce_window` on CPU goes value by value."""

from functools import reduce
from operator import add

import jax.numpy as jnp
from jax import lax

from netspec.ops.run import Array
from netspec.ops.windows import WindowCase, fold, unfold


def sum_of_taps(x: Array, case: WindowCase) -> Array:
    """One slice for each value of the window."""
    grow = [(0, 0, 0), *((low, high, 0) for low, high in case.pads), (0, 0, 0)]
    padded = lax.pad(x, jnp.zeros((), x.dtype), grow)
    return reduce(add, (case.slice(padded, tap) for tap in case.taps()))


def sum_by_axis(x: Array, case: WindowCase) -> Array:
    """Axis after axis: a window of a*b values takes a + b slices."""
    for axis, line in reversed(list(enumerate(case.lines))):
        x = unfold(reduce(add, line.values(fold(x, axis), 0.0)), axis, x.shape)
    return x
