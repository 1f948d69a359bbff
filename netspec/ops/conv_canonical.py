"""The gradients of a convolution as convolutions whose axes stand as XLA's CPU kernels want them.

XLA brings other orders of axes into this one itself, but only at a program's top: within a loop or a branch such a
convolution falls to a path that took 20 times as long (LeNet-5's second kernel gradient, 128 images: 19 ms and 1 ms).
"""

import jax.numpy as jnp
from jax import lax

from netspec.ops.conv_case import ConvCase
from netspec.ops.run import Array

Sizes = tuple[int, ...]


def input_gradient(g: Array, kernel: Array, case: ConvCase) -> Array:
    """From the output's gradient to the input's: the gradient, spread out by the strides, with the kernel turned round."""
    axes = tuple(range(case.rank))
    turned = jnp.flip(kernel, axes).swapaxes(-1, -2)
    pads = [
        (extent - 1 - low, size + low - 1 - stride * (out - 1))
        for extent, (low, _), size, stride, out in zip(
            case.extents, case.pads, case.size, case.strides, case.out, strict=True
        )
    ]
    return _convolved(g, turned, case, (1,) * case.rank, pads, case.strides, case.dilations)


def kernel_gradient(x: Array, g: Array, case: ConvCase) -> Array:
    """From the output's gradient to the kernel's: channels become the batch, the batch is added up."""
    positions = range(1, case.rank + 1)
    images, window = x.transpose(-1, *positions, 0), g.transpose(*positions, 0, -1)
    pads = [
        (low, extent - 1 + stride * (out - 1) + 1 - low - size)
        for extent, (low, _), size, stride, out in zip(
            case.extents, case.pads, case.size, case.strides, case.out, strict=True
        )
    ]
    found = _convolved(images, window, case, case.dilations, pads, (1,) * case.rank, case.strides)
    return found.transpose(*positions, 0, -1)


def _convolved(
    x: Array,
    kernel: Array,
    case: ConvCase,
    strides: Sizes,
    pads: list[tuple[int, int]],
    spread: Sizes,
    dilations: Sizes,
) -> Array:
    axes = "DHW"[3 - case.rank :]
    return lax.conv_general_dilated(
        x,
        kernel,
        strides,
        pads,
        lhs_dilation=spread,
        rhs_dilation=dilations,
        dimension_numbers=(f"N{axes}C", f"{axes}IO", f"N{axes}C"),
    )
