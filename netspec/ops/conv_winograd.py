"""Convolution with three taps an axis by Winograd's minimal filtering F(2, 3): two outputs for four products, not six.

On every axis, with `d` four inputs, `w` the taps and `g` two gradients of the output, one form gives all three products:

    sum over j, k of g[j] * w[k] * d[j + k] = sum over a of (A g)[a] * (G w)[a] * (B d)[a]

so the forward pass is `A^T ((G w) (B d))` and the kernel's gradient `G^T ((A g) (B d))`; axes nest. `A`, `B` and `G` hold
0, 1, -1 and 1/2 only, which keeps the rounding at that of the plain sum. Source: Lavin and Gray 2015, "Fast algorithms
for convolutional neural networks", section 4.1.
"""

from collections.abc import Callable, Sequence
from itertools import product
from math import prod

import jax.numpy as jnp
from jax import lax

from netspec.ops.conv_case import ConvCase, pad, window
from netspec.ops.conv_products import flat
from netspec.ops.conv_residues import interleave
from netspec.ops.forms import Form
from netspec.ops.run import Array

Row = dict[int, float]
"""A row of a matrix: its entries that are not zero, by column."""
A: tuple[Row, ...] = ({0: 1}, {0: 1, 1: 1}, {0: 1, 1: -1}, {1: -1})
B: tuple[Row, ...] = ({0: 1, 2: -1}, {1: 1, 2: 1}, {2: 1, 1: -1}, {1: 1, 3: -1})
G: tuple[Row, ...] = ({0: 1}, {0: 0.5, 1: 0.5, 2: 0.5}, {0: 0.5, 1: -0.5, 2: 0.5}, {2: 1})


def _transposed(matrix: tuple[Row, ...]) -> tuple[Row, ...]:
    columns = 1 + max(column for row in matrix for column in row)
    return tuple({i: row[c] for i, row in enumerate(matrix) if c in row} for c in range(columns))


def forward(x: Array, kernel: Array, case: ConvCase) -> Array:
    """`A^T ((G w) (B d))`."""
    return _convolve(x, lambda tap: kernel[tap], case.pads, case.out, ((1,), (0,)))


def input_gradient(g: Array, kernel: Array, case: ConvCase) -> Array:
    """The convolution of the output's gradient with the kernel turned round."""
    pads = [(2 - low, 2 - high) for low, high in case.pads]
    return _convolve(g, lambda tap: kernel[tuple(2 - i for i in tap)], pads, case.size, ((1,), (1,)))


def kernel_gradient(x: Array, g: Array, case: ConvCase) -> Array:
    """`G^T ((A g) (B d))`."""
    tiles = _tiles(case.out)
    x = _tiled(x, case.pads, case.out)
    g = pad(g, [(0, 2 * t - n) for t, n in zip(tiles, case.out, strict=True)])

    def met(index: tuple[int, ...]) -> Array:
        values, gradients = _combine(B, index, _cut(x, tiles)), _combine(A, index, _cut(g, tiles))
        return lax.dot_general(flat(values), flat(gradients), (((0,), (0,)), ((), ())))

    products = {index: met(index) for index in product(range(4), repeat=case.rank)}
    taps = [_combine(_transposed(G), tap, products.__getitem__) for tap in case.positions()]
    return jnp.stack(taps).reshape(case.kernel)


def _convolve(
    x: Array,
    tap: Callable[[tuple[int, ...]], Array],
    pads: Sequence[tuple[int, int]],
    out: tuple[int, ...],
    contract: tuple[tuple[int], tuple[int]],
) -> Array:
    tiles, rank = _tiles(out), len(out)
    x = _tiled(x, pads, out)

    def multiplied(index: tuple[int, ...]) -> Array:
        values = _combine(B, index, _cut(x, tiles))
        rows = lax.dot_general(flat(values), _combine(G, index, tap), (contract, ((), ())))
        return rows.reshape(-1, *tiles, rows.shape[-1])

    products = {index: multiplied(index) for index in product(range(4), repeat=rank)}
    parts = [_combine(_transposed(A), end, products.__getitem__) for end in product(range(2), repeat=rank)]
    return interleave(parts, (2,) * rank, out)


def _combine(matrix: tuple[Row, ...], rows: Sequence[int], value: Callable[[tuple[int, ...]], Array]) -> Array:
    """The sum over columns, axis by axis, of entries times values."""
    if not rows:
        return value(())
    terms = [
        _scaled(_combine(matrix, rows[1:], lambda rest, column=column: value((column, *rest))), entry)
        for column, entry in matrix[rows[0]].items()
    ]
    return sum(terms[1:], terms[0])


def _scaled(value: Array, entry: float) -> Array:
    return value if entry == 1 else -value if entry == -1 else value * entry


def _tiles(out: Sequence[int]) -> tuple[int, ...]:
    """Pairs of outputs on each axis."""
    return tuple(-(-n // 2) for n in out)


def _tiled(x: Array, pads: Sequence[tuple[int, int]], out: Sequence[int]) -> Array:
    """Padded so that whole tiles of four, two apart, cover it."""
    sides = zip(x.shape[1:-1], pads, _tiles(out), strict=True)
    return pad(x, [(low, 2 * t + 2 - size - low) for size, (low, _), t in sides])


def _cut(x: Array, tiles: tuple[int, ...]) -> Callable[[tuple[int, ...]], Array]:
    """The values at one place of all tiles."""
    return lambda place: window(x, place, tiles, (2,) * len(tiles))


def _fits(case: ConvCase) -> bool:
    ones = (1,) * case.rank
    plain = case.strides == ones and case.dilations == ones and case.groups == 1
    return plain and case.taps == (3,) * case.rank and case.sized


def _wide(case: ConvCase) -> bool:
    """Enough channels on both sides for products that outweigh the transforms."""
    return case.fast and min(case.channels, case.filters) >= 64


def _cached(case: ConvCase) -> bool:
    """Maps whose transforms, four times their size in two dimensions, do not run at the speed of memory."""
    values = prod(case.x) + case.batch * prod(case.out) * case.filters
    return _wide(case) and values <= 10_000_000


FORWARD = Form("winograd", forward, _fits, _cached, "3 taps on 64 or more channels: 1.2 to 3.8 times the reference")
INPUT_GRADIENT = Form(
    "winograd", input_gradient, _fits, _cached, "3 taps on 64 or more channels: 1.2 to 5.6 times the reference"
)
KERNEL_GRADIENT = Form(
    "winograd", kernel_gradient, _fits, _wide, "3 taps on 64 or more channels: 1.3 to 4.0 times the reference"
)
