"""Pooling, channels last: each window of `[batch, *positions, channels]` becomes one value a channel."""

import jax.numpy as jnp
from jax import lax

from netspec.ops.channels import wide
from netspec.ops.forms import Form, Operation
from netspec.ops.pooling_max import NARROW, max_by_axis, max_of_tiles
from netspec.ops.pooling_sum import sum_by_axis, sum_of_taps
from netspec.ops.run import Array, Run
from netspec.ops.windows import Pads, WindowCase


def max_pool(
    run: Run,
    x: Array,
    *,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    pads: Pads,
    dilations: tuple[int, ...],
) -> Array:
    """The largest value of each window; padding never wins.

    The gradient goes to the first of equal values in the window's row-major order, as in XLA and PyTorch.
    """
    case = WindowCase(x.shape, window, strides, pads, dilations, x.dtype.name, run.backend)
    return run.lowerings.pick(MAX_POOL, case).run(x, case)


def sum_pool(
    run: Run,
    x: Array,
    *,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    pads: Pads,
    dilations: tuple[int, ...],
) -> Array:
    """The sum of each window over the zero-padded input, taken in at least float32; the result has the input's dtype."""
    case = WindowCase(x.shape, window, strides, pads, dilations, wide(x).dtype.name, run.backend)
    return run.lowerings.pick(SUM_POOL, case).run(wide(x), case).astype(x.dtype)


def _max_reference(x: Array, case: WindowCase) -> Array:
    if any(d > 1 for d in case.dilations):
        return _largest_of_stack(x, case)
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, *case.window, 1), (1, *case.strides, 1), _pads(case))


def _largest_of_stack(x: Array, case: WindowCase) -> Array:
    """For dilated windows, of whose maximum `lax.reduce_window` knows no gradient."""
    padded = jnp.pad(x, _pads(case), constant_values=-jnp.inf)
    values = jnp.stack([case.slice(padded, tap) for tap in case.taps()])
    return jnp.take_along_axis(values, jnp.argmax(values, axis=0, keepdims=True), axis=0)[0]


def _sum_reference(x: Array, case: WindowCase) -> Array:
    dilations = (1, *case.dilations, 1)
    window, strides = (1, *case.window, 1), (1, *case.strides, 1)
    return lax.reduce_window(x, 0.0, lax.add, window, strides, _pads(case), window_dilation=dilations)


def _pads(case: WindowCase) -> Pads:
    return ((0, 0), *case.pads, (0, 0))


MAX_POOL: Operation[WindowCase] = Operation(
    "max_pool",
    _max_reference,
    (
        Form(
            "tiles",
            max_of_tiles,
            fits=lambda case: case.concrete and case.tiled,
            wins=lambda case: case.backend == "cpu" and case.x[-1] >= NARROW and case.count <= 8,
            why="windows of up to 8 values side by side, at least 24 channels: 10 to 15 times faster with the gradient",
        ),
        Form(
            "by_axis",
            max_by_axis,
            fits=lambda case: case.concrete,
            wins=lambda case: case.backend == "cpu" and max(case.window) <= 16,
            why="windows of up to 16 an axis: 4 to 25 times faster with the gradient",
        ),
    ),
)
SUM_POOL: Operation[WindowCase] = Operation(
    "sum_pool",
    _sum_reference,
    (
        Form(
            "taps",
            sum_of_taps,
            fits=lambda case: case.concrete,
            wins=lambda case: case.backend == "cpu" and case.count <= 9,
            why="windows of up to 9 values: 1.1 to 9 times faster with the gradient",
        ),
        Form(
            "by_axis",
            sum_by_axis,
            fits=lambda case: case.concrete,
            wins=lambda case: case.backend == "cpu" and max(case.window) <= 16 and max(case.out) > 1,
            why="larger windows that move, up to 16 an axis: 3 to 7 times faster with the gradient",
        ),
    ),
)
