"""Convolution, channels last: `[batch, *positions, channels]` with kernels `[*taps, channels / groups, filters]`.

Its three products - forward, gradient to the input, gradient to the kernel - are operations of their own, because
measurements prefer different forms for each.
"""

from functools import partial
from typing import Any

import jax

from netspec.ops import conv_depthwise, conv_padded, conv_pointwise, conv_reference, conv_winograd
from netspec.ops.conv_case import ConvCase, Pads
from netspec.ops.forms import REFERENCE, Operation
from netspec.ops.run import Array, Run

_FORMS = (conv_pointwise, conv_depthwise, conv_winograd)
"""In order of preference."""

FORWARD: Operation[ConvCase] = Operation(
    "conv.forward", conv_reference.forward, (*(form.FORWARD for form in _FORMS), conv_padded.FORWARD)
)
INPUT_GRADIENT: Operation[ConvCase] = Operation(
    "conv.input_gradient", conv_reference.input_gradient, tuple(form.INPUT_GRADIENT for form in _FORMS)
)
KERNEL_GRADIENT: Operation[ConvCase] = Operation(
    "conv.kernel_gradient", conv_reference.kernel_gradient, tuple(form.KERNEL_GRADIENT for form in _FORMS)
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
    if all(choice.form == REFERENCE for choice in (forward, to_input, to_kernel)):
        return conv_reference.forward(x, kernel, case)  # no gradient of our own, so that forward mode works too
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
