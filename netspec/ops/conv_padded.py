"""Convolution with zeros added where XLA's kernels want them: a row, or a channel.

XLA hands dense convolutions to YNNPACK, which first copies a padded map into the order it likes (0.85 to 0.98 of the
matmul peak in two dimensions) but reads an unpadded one in place (0.5 to 0.65). The same holds for the kernel's gradient.
And with three channels and few filters it falls to 0.13 of the peak, with four it does not.
"""

from dataclasses import replace
from math import prod

import jax.numpy as jnp

from netspec.ops import conv_reference
from netspec.ops.conv_case import ConvCase, pad
from netspec.ops.forms import Form
from netspec.ops.run import Array


def forward(x: Array, kernel: Array, case: ConvCase) -> Array:
    """The first rows of a convolution that has one more."""
    return conv_reference.forward(x, kernel, _longer(case))[:, : case.out[0]]


def kernel_gradient(x: Array, g: Array, case: ConvCase) -> Array:
    """That of a convolution with one more row, to which no gradient comes."""
    g = pad(g, ((0, 1), *((0, 0),) * (case.rank - 1)))
    return conv_reference.kernel_gradient(x, g, _longer(case))


def four_channels(x: Array, kernel: Array, case: ConvCase) -> Array:
    """A fourth channel of zeros, which meets weights of zero."""
    x, kernel = _fourth(x, -1), _fourth(kernel, -2)
    return conv_reference.forward(x, kernel, replace(case, x=x.shape, kernel=kernel.shape))


def _longer(case: ConvCase) -> ConvCase:
    (low, high), *others = case.pads
    return replace(case, pads=((low, high + case.strides[0]), *others))


def _fourth(x: Array, axis: int) -> Array:
    widths = [(0, 0)] * x.ndim
    widths[axis] = (0, 1)
    return jnp.pad(x, widths)


def _fits(case: ConvCase) -> bool:
    return not case.padded and case.groups == 1


def _flat(case: ConvCase) -> bool:
    return case.fast and case.rank == 2


FORWARD: Form[ConvCase] = Form(
    "row_more",
    forward,
    _fits,
    lambda case: _flat(case) and prod(case.kernel[:-1]) >= 256,
    "unpadded, 256 or more products a value: 1.1 to 1.7 times the reference",
)
KERNEL_GRADIENT: Form[ConvCase] = Form(
    "row_more",
    kernel_gradient,
    _fits,
    lambda case: _flat(case) and (max(case.strides) == 1 or case.channels <= 4),
    "unpadded: 1.6 to 2.9 times the reference",
)
FOUR_CHANNELS: Form[ConvCase] = Form(
    "four_channels",
    four_channels,
    lambda case: case.channels == 3 and case.groups == 1,
    lambda case: _flat(case) and case.filters < 64,
    "3 channels to less than 64 filters: 4.0 times the reference",
)
