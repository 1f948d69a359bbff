"""Depthwise convolution as a sum of shifted slices, each times its tap's weights."""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add

import jax.numpy as jnp
from jax import lax

from netspec.ops.conv_case import ConvCase, pad, window
from netspec.ops.conv_residues import Class, bordered, classes, interleave, size
from netspec.ops.forms import Form
from netspec.ops.run import Array


def forward(x: Array, kernel: Array, case: ConvCase) -> Array:
    """Each tap multiplies the positions it meets."""
    padded, taps = pad(x, case.pads), _per_channel(kernel, case)
    views = {p: _view(padded, p, case) for p in case.positions()}
    parts = [_total(view * taps[p][:, j] for p, view in views.items()) for j in _multiples(case)]
    return _merge(parts).astype(x.dtype)


def input_gradient(g: Array, kernel: Array, case: ConvCase) -> Array:
    """Each input position gathers from the output positions that it went to."""
    taps, step = _per_channel(kernel, case), (1,) * case.rank
    borders = [bordered(part, case) for part in _split(g, case)]

    def gathered(one: Class) -> Array:
        return _total(
            _wide(window(part, _moved(low, offsets), size(case), step)) * taps[p][:, j]
            for j, (part, low) in enumerate(borders)
            for p, offsets in one.meetings()
        )

    nothing = jnp.zeros((g.shape[0], *size(case), case.channels), g.dtype)
    parts = [gathered(one).astype(g.dtype) if all(one.taps) else nothing for one in classes(case)]
    return interleave(parts, case.strides, case.size)


def kernel_gradient(x: Array, g: Array, case: ConvCase) -> Array:
    """Each tap's weight sums what it multiplied times the gradient there.

    Blocks of rows are added up value by value, which XLA does with vectors, and the rest by a product with ones: XLA's
    sum over positions takes in the product before it and goes value by value.
    """
    x, parts = pad(x, case.pads), _split(g, case)
    sums = [[_met(x, part, p, case) for part in parts] for p in case.positions()]
    return jnp.stack([jnp.stack(one, -1) for one in sums]).reshape(case.kernel).astype(x.dtype)


def _met(x: Array, g: Array, tap: Sequence[int], case: ConvCase) -> Array:
    """The sum over positions of what a tap meets times the gradient, `[channels]`."""
    met, height = _view(x, tap, case), case.out[0] // _blocks(case.out[0])
    cuts = [slice(a, a + height) for a in range(0, case.out[0], height)]
    rows = _total(met[:, cut] * g[:, cut] for cut in cuts).reshape(-1, case.channels)
    return jnp.ones(rows.shape[0], rows.dtype) @ lax.optimization_barrier(rows)


def _blocks(rows: int) -> int:
    """Near eight, where the sum of blocks is as fast as memory and the product with ones small."""
    return min((n for n in range(4, 17) if rows % n == 0), key=lambda n: abs(n - 8), default=1)


def _per_channel(kernel: Array, case: ConvCase) -> Array:
    return _wide(kernel.reshape(*case.taps, case.channels, -1))


def _wide(x: Array) -> Array:
    """Sums are in float32 at least."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def _moved(starts: Sequence[int], offsets: Sequence[int]) -> list[int]:
    return [a + o for a, o in zip(starts, offsets, strict=True)]


def _multiples(case: ConvCase) -> range:
    """Filters of a channel."""
    return range(case.filters // case.channels)


def _split(g: Array, case: ConvCase) -> list[Array]:
    """One map for each filter of a channel."""
    if len(_multiples(case)) == 1:
        return [g]
    grid = g.reshape(*g.shape[:-1], case.channels, -1)
    return [grid[..., j] for j in _multiples(case)]


def _merge(parts: Sequence[Array]) -> Array:
    return parts[0] if len(parts) == 1 else jnp.stack(parts, -1).reshape(*parts[0].shape[:-1], -1)


def _view(x: Array, tap: Sequence[int], case: ConvCase) -> Array:
    starts = [i * d for i, d in zip(tap, case.dilations, strict=True)]
    return _wide(window(x, starts, case.out, case.strides))


def _total(terms: Iterable[Array]) -> Array:
    return reduce(add, terms)


def _fits(case: ConvCase) -> bool:
    return case.depthwise


FORWARD: Form[ConvCase] = Form(
    "slices",
    forward,
    _fits,
    lambda case: case.cpu,
    "depthwise: 14 to 47 times the reference; in bfloat16 4 times",
)
INPUT_GRADIENT: Form[ConvCase] = Form(
    "slices",
    input_gradient,
    _fits,
    lambda case: case.cpu,
    "depthwise: 35 to 300 times the reference; in bfloat16 5 times",
)
KERNEL_GRADIENT: Form[ConvCase] = Form(
    "slices",
    kernel_gradient,
    lambda case: _fits(case) and case.sized,
    lambda case: case.cpu,
    "depthwise: 3 to 70 times the reference; in bfloat16 6 times",
)
