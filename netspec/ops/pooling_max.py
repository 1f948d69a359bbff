"""The largest values of windows as maxima of slices; gradients return to the winner's kept place, without scatter."""

from collections.abc import Callable
from functools import partial, reduce
from operator import add
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from netspec.ops.channels import wide
from netspec.ops.run import Array
from netspec.ops.windows import Line, WindowCase, fold, unfold


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def max_of_tiles(x: Array, case: WindowCase) -> Array:
    """Windows side by side: every value belongs to one window at most."""
    return reduce(jnp.maximum, (case.slice(x, tap) for tap in case.taps()))


def _tiles_forward(x: Array, case: WindowCase) -> tuple[Array, Array]:
    return max_of_tiles(x, case), _first_largest([case.slice(x, tap) for tap in case.taps()])


def _tiles_backward(case: WindowCase, winner: Array, g: Array) -> tuple[Array]:
    batch, *_, channels = case.x
    ones = (1,) * len(case.window)
    numbers = jnp.arange(case.count, dtype=winner.dtype).reshape(1, *_alternate(ones, case.window), 1)
    windows = (batch, *_alternate(case.out, ones), channels)
    tiles = jnp.where(winner.reshape(windows) == numbers, g.reshape(windows), jnp.zeros((), g.dtype))
    read = (batch, *(n * k for n, k in zip(case.out, case.window, strict=True)), channels)
    unread = [(0, size - end, 0) for size, end in zip(case.x, read, strict=True)]
    return (lax.pad(tiles.reshape(read), jnp.zeros((), g.dtype), unread),)


max_of_tiles.defvjp(_tiles_forward, _tiles_backward)


NARROW = 24
"""Channels below which loops are short, and a value that XLA computes again for every use takes long."""


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def max_by_axis(x: Array, case: WindowCase) -> Array:
    """Axis after axis, the last one last: those before it compare whole rows."""
    y = wide(x)  # XLA on CPU compares 16-bit numbers by converting them, again for every slice
    for axis, line in enumerate(case.lines):
        stored = axis == len(case.lines) - 1 and case.x[-1] < NARROW
        rows = fold(y, axis)
        y = unfold(_in_turn(line.largest, rows) if stored else line.largest(rows), axis, y.shape)
    return y.astype(x.dtype)


def _by_axis_forward(x: Array, case: WindowCase) -> tuple[Array, Callable[[Array], tuple[Array]]]:
    return jax.vjp(lambda x: _last_axis_first(x, case), x)


def _by_axis_backward(case: WindowCase, back: Callable[[Array], tuple[Array]], g: Array) -> tuple[Array]:
    del case
    return back(g)


max_by_axis.defvjp(_by_axis_forward, _by_axis_backward)


def _last_axis_first(x: Array, case: WindowCase) -> Array:
    """So the first of equal values in row-major order wins."""
    y = wide(x)
    for axis, line in reversed(list(enumerate(case.lines))):
        y = unfold(_max_along(fold(y, axis), line), axis, y.shape)
    return y.astype(x.dtype)


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def _max_along(x: Array, line: Line) -> Array:
    return line.largest(x)


def _along_forward(x: Array, line: Line) -> tuple[Array, Array]:
    def value_and_winner(x: Array) -> tuple[Array, Array]:
        return _max_along(x, line), _first_largest(line.values(x, -jnp.inf))

    value, winner = _in_turn(value_and_winner, x)
    return value, winner


def _along_backward(line: Line, winner: Array, g: Array) -> tuple[Array]:
    nothing = jnp.zeros((), g.dtype)
    won = (jnp.where(winner == tap, g, nothing) for tap in range(line.window))
    return (reduce(add, map(line.back, won, range(line.window))),)


_max_along.defvjp(_along_forward, _along_backward)


def _first_largest(values: list[Array]) -> Array:
    """The number of the first of the largest values, place by place."""
    best, *others = map(lax.stop_gradient, values)
    number = jnp.int8 if len(values) <= 127 else jnp.int32
    winner = jnp.zeros(best.shape, number)
    for i, value in enumerate(others, 1):
        better = value > best
        best, winner = jnp.where(better, value, best), jnp.where(better, number(i), winner)
    return winner


def _in_turn(f: Callable[[Array], Any], x: Array) -> Any:
    """`f(x)`, one part of the rows after the other.

    XLA keeps what a loop returns. It would compute cheap results again for every later use; here those uses are
    many, and `optimization_barrier` has no effect on that on CPU.
    """
    rows = x.shape[0]
    parts = next((n for n in (2, 3, 5, 7) if rows % n == 0), 1)
    found = lax.map(f, x.reshape(parts, rows // parts, *x.shape[1:]))
    return jax.tree.map(lambda part: part.reshape(rows, *part.shape[2:]), found)


def _alternate(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for pair in zip(first, second, strict=True) for n in pair)
