"""Convolution without padding, given one row of padding that is cut off again.

XLA hands both to YNNPACK, which copies a padded map into the order it likes, at 0.85 to 0.98 of the matmul peak, and
reads an unpadded one in place, at 0.5 to 0.65.
"""

from dataclasses import replace
from math import prod

from netspec.ops import conv_reference
from netspec.ops.conv_case import ConvCase
from netspec.ops.forms import Form
from netspec.ops.run import Array


def forward(x: Array, kernel: Array, case: ConvCase) -> Array:
    """The first rows of a convolution with more of them."""
    (low, high), *others = case.pads
    longer = replace(case, pads=((low, high + case.strides[0]), *others))
    return conv_reference.forward(x, kernel, longer)[:, : case.out[0]]


def _wins(case: ConvCase) -> bool:
    return case.fast and case.groups == 1 and case.rank == 2 and prod(case.kernel[:-1]) >= 256


FORWARD = Form(
    "padded",
    forward,
    lambda case: not case.padded,
    _wins,
    "unpadded, 256 or more products a value, computed with a row more: 1.1 to 1.7 times the reference",
)
