"""Convolution with three taps an axis by Winograd's minimal filtering F(2, 3): two outputs for four products, not six.

On every axis, with `d` four inputs, `w` the taps and `g` two gradients of the output, one form gives all three products:

    sum over j, k of g[j] * w[k] * d[j + k] = sum over a of (A g)[a] * (G w)[a] * (B d)[a]

so the forward pass is `A^T ((G w) (B d))` and the kernel's gradient `G^T ((A g) (B d))`; axes nest. `A`, `B` and `G` hold
0, 1, -1 and 1/2 only, which keeps the rounding at that of the plain sum. Source: Lavin and Gray 2015, "Fast algorithms
for convolutional neural networks", section 4.1.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import prod

import jax.numpy as jnp
from jax import lax

from netspec.ops.conv_case import ConvCase, pad
from netspec.ops.conv_residues import interleave
from netspec.ops.forms import Form
from netspec.ops.run import Array

Row = dict[int, float]
"""A row of a matrix: its entries that are not zero, by column."""
Matrix = tuple[Row, ...]
A: Matrix = ({0: 1}, {0: 1, 1: 1}, {0: 1, 1: -1}, {1: -1})
B: Matrix = ({0: 1, 2: -1}, {1: 1, 2: 1}, {2: 1, 1: -1}, {1: 1, 3: -1})
G: Matrix = ({0: 1}, {0: 0.5, 1: 0.5, 2: 0.5}, {0: 0.5, 1: -0.5, 2: 0.5}, {2: 1})
LARGE = 2_000_000
"""Values of a map above which it is transformed in four slabs, so that one slab is still in the cache when read."""


def forward(x: Array, kernel: Array, case: ConvCase) -> Array:
    """`A^T ((G w) (B d))`."""
    return _convolve(x, _kernel_transform(kernel, case.rank), "trc,tcf->trf", case.pads, case.out)


def input_gradient(g: Array, kernel: Array, case: ConvCase) -> Array:
    """The convolution of the output's gradient with the kernel turned round."""
    turned = jnp.flip(kernel, range(case.rank))
    pads = [(2 - low, 2 - high) for low, high in case.pads]
    return _convolve(g, _kernel_transform(turned, case.rank), "trf,tcf->trc", pads, case.size)


def kernel_gradient(x: Array, g: Array, case: ConvCase) -> Array:
    """`G^T ((A g) (B d))`."""
    x, tiles = _tiled(x, case.pads, case.out), _tiles(case.out)
    g = pad(g, [(0, 2 * t - n) for t, n in zip(tiles, case.out, strict=True)])
    rows = []
    for first in _slabs(x):
        values, gradients = _transform(B, x, tiles, first), _transform(A, g, tiles, first)
        rows += _split(jnp.einsum("trc,trf->tcf", _flat(values), _flat(gradients)), first, case.rank)
    taps = _undo(rows, _transposed(G), case.rank)
    return jnp.stack(taps).reshape(case.kernel)


def _convolve(
    x: Array, kernel: Array, product: str, pads: Sequence[tuple[int, int]], out: tuple[int, ...]
) -> Array:
    """`kernel` is transformed, `[4, ..., 4, channels, filters]` with the last axis first."""
    rank, tiles = len(out), _tiles(out)
    x = _tiled(x, pads, out)
    rows = []
    for first in _slabs(x):
        part = kernel[(..., slice(first.start, first.stop), slice(None), slice(None))]
        part = part.reshape(-1, *part.shape[-2:])
        products = jnp.einsum(product, _flat(_transform(B, x, tiles, first)), part)
        rows += _split(products, first, rank)
    parts = [part.reshape(-1, *tiles, part.shape[-1]) for part in _undo(rows, _transposed(A), rank)]
    return interleave(parts, (2,) * rank, out)


def _slabs(x: Array) -> list[range]:
    """Rows of the first axis's transform that are computed at a time."""
    return [range(a, a + 1) for a in range(4)] if prod(x.shape) > LARGE else [range(4)]


def _transform(matrix: Matrix, x: Array, tiles: tuple[int, ...], first: range) -> Array:
    """`[4, ..., 4, len(first), batch, *tiles, channels]`: axis by axis, each new one put in front."""
    for axis, count in enumerate(tiles):
        rows = [matrix[i] for i in first] if axis == 0 else matrix
        x = jnp.stack([_sum(row, partial(_every_other, x, 1 + 2 * axis, count)) for row in rows])
    return x


def _every_other(x: Array, axis: int, count: int, start: int) -> Array:
    """One place of all tiles along an axis."""
    return lax.slice_in_dim(x, start, start + 2 * count - 1, 2, axis)


def _kernel_transform(kernel: Array, rank: int) -> Array:
    for axis in range(rank):
        taps = [lax.index_in_dim(kernel, i, axis, keepdims=False) for i in range(3)]
        kernel = jnp.stack([_sum(row, taps.__getitem__) for row in G])
    return kernel


def _flat(values: Array) -> Array:
    """`[products, rows, channels]` from a transform, of whose `2 * rank + 2` axes the first `rank` count products."""
    rank = (values.ndim - 2) // 2
    return values.reshape(prod(values.shape[:rank]), -1, values.shape[-1])


def _split(products: Array, first: range, rank: int) -> list[Array]:
    """By row of the first axis: `[4, ..., 4, *rest]` each, with the last axis first."""
    grid = products.reshape(*(4,) * (rank - 1), len(first), *products.shape[1:])
    return [lax.index_in_dim(grid, i, rank - 1, keepdims=False) for i in range(len(first))]


def _undo(rows: Sequence[Array], matrix: Matrix, rank: int) -> list[Array]:
    """What `matrix` makes of all axes, the last axis's place fastest."""
    ends = [_undo_leading(row, matrix, rank - 1) for row in rows]
    across = [list(places) for places in zip(*ends, strict=True)]
    return [_sum(row, places.__getitem__) for row in matrix for places in across]


def _undo_leading(values: Array, matrix: Matrix, axes: int) -> list[Array]:
    if not axes:
        return [values]
    nested = [_undo_leading(_sum(row, values.__getitem__), matrix, axes - 1) for row in matrix]
    return [ends[i] for i in range(len(nested[0])) for ends in nested]


def _sum(row: Row, value: Callable[[int], Array]) -> Array:
    terms = [_scaled(value(column), entry) for column, entry in row.items()]
    return sum(terms[1:], terms[0])


def _scaled(value: Array, entry: float) -> Array:
    return value if entry == 1 else -value if entry == -1 else value * entry


def _transposed(matrix: Matrix) -> Matrix:
    columns = 1 + max(column for row in matrix for column in row)
    return tuple({i: row[c] for i, row in enumerate(matrix) if c in row} for c in range(columns))


def _tiles(out: Sequence[int]) -> tuple[int, ...]:
    """Pairs of outputs on each axis."""
    return tuple(-(-n // 2) for n in out)


def _tiled(x: Array, pads: Sequence[tuple[int, int]], out: Sequence[int]) -> Array:
    """Padded so that whole tiles of four, two apart, cover it."""
    sides = zip(x.shape[1:-1], pads, _tiles(out), strict=True)
    return pad(x, [(low, 2 * t + 2 - size - low) for size, (low, _), t in sides])


def _fits(case: ConvCase) -> bool:
    ones = (1,) * case.rank
    plain = case.strides == ones and case.dilations == ones and case.groups == 1
    return plain and case.taps == (3,) * case.rank and case.sized


def _wide(case: ConvCase) -> bool:
    """Enough channels on both sides for products that outweigh the transforms."""
    return case.fast and min(case.channels, case.filters) >= (16 if case.rank == 3 else 64)


def _cached(case: ConvCase) -> bool:
    """And transforms that do not run at the pace of memory.

    Those of the maps are four times their size in 2-D; those of the kernel count where many channels meet few positions.
    """
    positions = case.batch * prod(case.out)
    small = prod(case.x) + positions * case.filters <= 10_000_000
    few = positions <= 256 and min(case.channels, case.filters) >= 256
    return _wide(case) and (case.rank == 3 or (small and not few))


FORWARD: Form[ConvCase] = Form(
    "winograd",
    forward,
    _fits,
    _cached,
    "3 taps, 64 or more channels: 1.1 to 3.5 times the reference; 3-D, 16 or more: 3.8 to 5.6 times",
)
INPUT_GRADIENT: Form[ConvCase] = Form(
    "winograd",
    input_gradient,
    _fits,
    _cached,
    "3 taps, 64 or more channels: 1.2 to 2.1 times the reference; 3-D, 16 or more: 4.5 to 6.2 times",
)
KERNEL_GRADIENT: Form[ConvCase] = Form(
    "winograd",
    kernel_gradient,
    _fits,
    _wide,
    "3 taps, 64 or more channels: 1.2 to 3.0 times the reference; 3-D, 16 or more: 4.0 to 8.2 times",
)
