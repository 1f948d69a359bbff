"""Convolution as `lax` does it by itself: the reference of its three products."""

import jax
from jax import lax

from netspec.ops import conv_canonical as canonical
from netspec.ops.conv_case import ConvCase
from netspec.ops.run import Array


def forward(x: Array, kernel: Array, case: ConvCase) -> Array:
    """The convolution."""
    axes = "DHW"[3 - case.rank :]
    return lax.conv_general_dilated(
        x,
        kernel,
        case.strides,
        case.pads,
        rhs_dilation=case.dilations,
        dimension_numbers=(f"N{axes}C", f"{axes}IO", f"N{axes}C"),
        feature_group_count=case.groups,
    )


def input_gradient(g: Array, kernel: Array, case: ConvCase) -> Array:
    """From the output's gradient to the input's."""
    if case.backend == "cpu" and case.groups == 1:
        return canonical.input_gradient(g, kernel, case)
    like = jax.ShapeDtypeStruct(case.x, g.dtype)
    (dx,) = jax.linear_transpose(lambda x: forward(x, kernel, case), like)(g)
    return dx


def kernel_gradient(x: Array, g: Array, case: ConvCase) -> Array:
    """From the output's gradient to the kernel's."""
    if case.backend == "cpu" and case.groups == 1:
        return canonical.kernel_gradient(x, g, case)
    like = jax.ShapeDtypeStruct(case.kernel, x.dtype)
    (dkernel,) = jax.linear_transpose(lambda kernel: forward(x, kernel, case), like)(g)
    return dkernel
