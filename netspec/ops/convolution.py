"""Convolution, channels last: `[batch, *positions, channels]` with kernels `[*taps, channels / groups, filters]`.

Its three products - forward, gradient to the input, gradient to the kernel - are operations of their own, because
measurements prefer different forms for each.
"""

from functools import partial
from typing import Any

import jax

from netspec.ops import (
    conv_bands,
    conv_columns,
    conv_depthwise,
    conv_grouped,
    conv_padded,
    conv_pointwise,
    conv_reference,
    conv_winograd,
)
from netspec.ops.conv_case import ConvCase, Pads
from netspec.ops.forms import REFERENCE, Operation
from netspec.ops.run import Array, Run

_FORWARD = (
    conv_pointwise.FORWARD,
    conv_bands.FORWARD,
    conv_winograd.FORWARD,
    conv_columns.FORWARD,
    conv_padded.FOUR_CHANNELS,
    conv_padded.FORWARD,
)
_INPUT_GRADIENT = (
    conv_pointwise.INPUT_GRADIENT,
    conv_bands.INPUT_GRADIENT,
    conv_winograd.INPUT_GRADIENT,
    conv_columns.INPUT_GRADIENT,
)
_KERNEL_GRADIENT = (
    conv_pointwise.KERNEL_GRADIENT,
    conv_bands.KERNEL_GRADIENT,
    conv_winograd.KERNEL_GRADIENT,
    conv_columns.KERNEL_GRADIENT,
    conv_padded.KERNEL_GRADIENT,
)
"""The forms of dense convolutions, in order of preference."""

FORWARD: Operation[ConvCase] = Operation(
    "conv.forward",
    conv_reference.forward,
    (*_FORWARD, conv_depthwise.FORWARD, conv_grouped.forward(conv_reference.forward, _FORWARD)),
)
INPUT_GRADIENT: Operation[ConvCase] = Operation(
    "conv.input_gradient",
    conv_reference.input_gradient,
    (
        *_INPUT_GRADIENT,
        conv_depthwise.INPUT_GRADIENT,
        conv_grouped.input_gradient(conv_reference.input_gradient, _INPUT_GRADIENT),
    ),
)
KERNEL_GRADIENT: Operation[ConvCase] = Operation(
    "conv.kernel_gradient",
    conv_reference.kernel_gradient,
    (
        *_KERNEL_GRADIENT,
        conv_depthwise.KERNEL_GRADIENT,
        conv_grouped.kernel_gradient(conv_reference.kernel_gradient, _KERNEL_GRADIENT),
    ),
)


def conv(
    run: Run,
    x: Array,
    kernel: Array,
    *,
    strides: tuple[int, ...],
    pads: Pads,
    dilations: tuple[int, ...],
    groups: int = 1,
) -> Array:
    """Slide kernels over a batch of maps: `[batch, *positions, channels]` to `[batch, *out, filters]`.

    A depthwise convolution has as many groups as channels.
    """
    case = ConvCase(x.shape, kernel.shape, strides, pads, dilations, groups, x.dtype.name, run.backend)
    forward, to_input, to_kernel = (
        run.lowerings.pick(operation, case) for operation in (FORWARD, INPUT_GRADIENT, KERNEL_GRADIENT)
    )
    plain = all(choice.form == REFERENCE for choice in (forward, to_input, to_kernel))
    if plain and (run.backend != "cpu" or run.lowerings.default == REFERENCE):
        # No gradient of our own, so that forward mode works too.
        return conv_reference.forward(x, kernel, case)
    return _conv(x, kernel, case, forward, to_input, to_kernel)


@partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4, 5))
def _conv(x: Array, kernel: Array, case: ConvCase, forward: Any, to_input: Any, to_kernel: Any) -> Array:
    """`forward.run(x, kernel, case)`, `to_input.run(g, kernel, case)`, `to_kernel.run(x, g, case)`."""
    return forward.run(x, kernel, case)


def _conv_forward(
    x: Array, kernel: Array, case: ConvCase, forward: Any, to_input: Any, to_kernel: Any
) -> tuple[Array, tuple[Array, Array]]:
    return forward.run(x, kernel, case), (x, kernel)


def _conv_backward(
    case: ConvCase, forward: Any, to_input: Any, to_kernel: Any, kept: tuple[Array, Array], g: Array
) -> tuple[Array, Array]:
    x, kernel = kept
    return to_input.run(g, kernel, case), to_kernel.run(x, g, case)


_conv.defvjp(_conv_forward, _conv_backward)
