"""Convolution as one matrix product over columns: what the taps meet at a position, side by side (im2col)."""

from math import prod

import jax.numpy as jnp
from jax import lax

from netspec.ops.conv_case import ConvCase, pad, window
from netspec.ops.conv_products import flat, transposed_product
from netspec.ops.conv_residues import bordered, classes, interleave, size
from netspec.ops.forms import Form
from netspec.ops.run import Array


def forward(x: Array, kernel: Array, case: ConvCase) -> Array:
    """Columns times the kernel as a matrix."""
    y = _columns(x, case) @ kernel.reshape(-1, case.filters)
    return y.reshape(-1, *case.out, case.filters)


def input_gradient(g: Array, kernel: Array, case: ConvCase) -> Array:
    """The columns' gradient is one product; each position adds up its places in the columns."""
    columns = lax.dot_general(flat(g), kernel.reshape(-1, case.filters), (((1,), (1,)), ((), ())))
    columns, low = bordered(columns.reshape(-1, *case.out, columns.shape[-1]), case)
    places = {tap: i * case.channels for i, tap in enumerate(case.positions())}

    def met(tap: tuple[int, ...], offsets: tuple[int, ...]) -> Array:
        starts = [a + o for a, o in zip(low, offsets, strict=True)]
        part = columns[..., places[tap] : places[tap] + case.channels]
        return window(part, starts, size(case), (1,) * case.rank)

    nothing = jnp.zeros((columns.shape[0], *size(case), case.channels), g.dtype)
    parts = [sum((met(*meeting) for meeting in one.meetings()), nothing) for one in classes(case)]
    return interleave(parts, case.strides, case.size)


def kernel_gradient(x: Array, g: Array, case: ConvCase) -> Array:
    """The product of columns and gradient over all positions."""
    return transposed_product(_columns(x, case), flat(g)).reshape(case.kernel)


def _columns(x: Array, case: ConvCase) -> Array:
    """`[rows, taps * channels]`. XLA stacks the taps' slices at three times the pace of `concatenate`."""
    x = pad(x, case.pads)
    steps = ([i * d for i, d in zip(tap, case.dilations, strict=True)] for tap in case.positions())
    views = [window(x, starts, case.out, case.strides) for starts in steps]
    return jnp.stack(views, -2).reshape(-1, prod(case.taps) * case.channels)


def _fits(case: ConvCase) -> bool:
    return case.groups == 1 and case.sized


def _solid(case: ConvCase) -> bool:
    """Three dimensions, for which the reference has no good kernel, and columns of at most 400 MB."""
    values = case.batch * prod(case.out) * prod(case.kernel[:-1])
    return case.fast and case.rank == 3 and values <= 100_000_000


def _deep(case: ConvCase, rows: int) -> bool:
    """Many channels at few positions: the kernel is what is large, and the reference copies it transposed."""
    few = case.batch * prod(case.out) <= rows
    return case.fast and few and min(case.channels, case.filters) >= 256


def _strided(case: ConvCase) -> bool:
    return case.fast and max(case.strides) > 1 and min(case.channels, case.filters) >= 128


FORWARD: Form[ConvCase] = Form(
    "columns",
    forward,
    _fits,
    lambda case: _solid(case) or _deep(case, 256),
    "3-D: 1.4 to 5.9 times the reference; 256 or more channels at few positions: 1.3 times",
)
INPUT_GRADIENT: Form[ConvCase] = Form(
    "columns",
    input_gradient,
    _fits,
    lambda case: _solid(case) or _deep(case, 800),
    "3-D: 2.5 to 1000 times the reference; 256 or more channels at few positions: 1.1 to 2.1 times",
)
KERNEL_GRADIENT: Form[ConvCase] = Form(
    "columns",
    kernel_gradient,
    _fits,
    lambda case: _solid(case) or _strided(case),
    "3-D: 1.5 to 7.7 times the reference; strides on 128 or more channels: 1.3 to 2.0 times",
)
