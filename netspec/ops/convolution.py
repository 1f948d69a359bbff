"""Convolution, channels last: `[batch, *positions, channels]` with kernels `[*taps, channels / groups, filters]`.

Its three products - forward, gradient to the input, gradient to the kernel - are operations of their own, because
measurements prefer different forms for each.
"""

from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import jax
from jax import lax

from netspec.ops.forms import REFERENCE, Operation
from netspec.ops.run import Array, Run

Pads = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ConvCase:
    """The static facts of a convolution. `x` and `kernel` are shapes, `x` with the batch."""

    x: tuple[int, ...]
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    pads: Pads
    dilations: tuple[int, ...]
    groups: int
    dtype: str
    backend: str

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.strides)

    @property
    def taps(self) -> tuple[int, ...]:
        """The kernel's size on each axis."""
        return self.kernel[:-2]

    @property
    def channels(self) -> int:
        """Channels of the input."""
        return self.x[-1]

    @property
    def filters(self) -> int:
        """Channels of the output."""
        return self.kernel[-1]

    @property
    def extents(self) -> tuple[int, ...]:
        """How far the dilated kernel reaches on each axis."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.taps, self.dilations, strict=True))

    @property
    def out(self) -> tuple[int, ...]:
        """Positions of the output on each axis."""
        axes = zip(self.x[1:-1], self.pads, self.extents, self.strides, strict=True)
        return tuple((size + low + high - extent) // stride + 1 for size, (low, high), extent, stride in axes)

    @property
    def pointwise(self) -> bool:
        """A kernel of one tap, nothing padded: a matrix product at every (strided) position."""
        return prod(self.taps) == 1 and not any(map(any, self.pads))


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
        return _reference(x, kernel, case)  # without a gradient of our own, so that forward mode works too
    return _conv(x, kernel, case, forward, to_input, to_kernel)


def _reference(x: Array, kernel: Array, case: ConvCase) -> Array:
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


def _reference_input_gradient(g: Array, kernel: Array, case: ConvCase) -> Array:
    like = jax.ShapeDtypeStruct(case.x, g.dtype)
    (dx,) = jax.linear_transpose(lambda x: _reference(x, kernel, case), like)(g)
    return dx


def _reference_kernel_gradient(x: Array, g: Array, case: ConvCase) -> Array:
    like = jax.ShapeDtypeStruct(case.kernel, x.dtype)
    (dkernel,) = jax.linear_transpose(lambda kernel: _reference(x, kernel, case), like)(g)
    return dkernel


FORWARD: Operation[ConvCase] = Operation("conv.forward", _reference)
INPUT_GRADIENT: Operation[ConvCase] = Operation("conv.input_gradient", _reference_input_gradient)
KERNEL_GRADIENT: Operation[ConvCase] = Operation("conv.kernel_gradient", _reference_kernel_gradient)


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
