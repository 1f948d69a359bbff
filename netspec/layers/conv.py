"""Convolution."""

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING, Literal

from netspec.diagnostics import Fault, Refused, rules
from netspec.layers.base import (
    Example,
    NonNegative,
    Notation,
    Parameter,
    PerAxis,
    Positive,
    Shape,
    Unary,
    biased,
    biases,
    divide,
    layer,
    per_axis,
)
from netspec.layers.facets import Formula, Keeps, Macs, Reach
from netspec.layers.window import (
    Axis,
    Padding,
    axes,
    axis_formulas,
    convolving,
    reaches,
    uneven_same,
    unread_rows,
    windows,
)

if TYPE_CHECKING:
    from netspec.ops.run import Array, Run, Weights


@layer("conv")
class Conv(Unary):
    """Slide `filters` kernels over a map; each output is the sum of kernel times window, plus a bias.

    out = floor((W - F + 2P)/S) + 1 on every axis, with F = dilation*(kernel - 1) + 1.
    Weights: kernel * (channels / groups) * filters; MACs: weights times output positions.

    Source: LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition, section II.A.
    """

    filters: Positive
    """Number of kernels, the output's channels."""
    kernel: PerAxis
    """Size of the kernel: one number, or one an axis (`5x20`)."""
    stride: PerAxis = 1
    """Step of the window."""
    padding: Padding = "same"
    """`same` (keeps the size at stride 1), `valid`, `same_tf`, or zeros on each side in numbers."""
    dilation: PerAxis = 1
    """Distance between the kernel's taps (Yu and Koltun 2016, arXiv:1511.07122)."""
    groups: Positive = 1
    """Channels and filters are split into so many independent groups (AlexNet's two towers)."""
    connections: tuple[tuple[NonNegative, ...], ...] | None = None
    """For each filter the input channels it sees, from 0 (LeNet-5's table I); not given: all."""
    bias: bool | Literal["position"] | None = None
    """One bias a filter, none, or `position`: one for every output position (AlphaGo's last layer).
    Not given: true, except right before batch norm."""

    keeps = Keeps("product")
    notation = Notation(size="kernel", width="filters", stride="stride")
    elsewhere = ("conv1d", "conv2d", "conv3d", "convolution")
    examples = (
        Example("conv3-64", "224x224x3", "224x224x64", 1_792),
        Example("conv7-64/2", "224x224x3", "112x112x64", 9_472),
        Example("conv11-96/4(padding=0)", "227x227x3", "55x55x96", 34_944),
        Example("conv5x20-186/1x2", "32x40x1", "32x20x186", 18_786),
        Example("conv3-256(dilation=2, groups=2)", "28x28x64", "28x28x256", 73_984),
        Example("conv3-100(padding=valid)", "56x300", "54x100", 90_100),
        Example("conv1-1(bias=position)", "19x19x192", "19x19x1", 553),
    )

    def shape(self, x: Shape) -> Shape:
        out = tuple(axis.out for axis in self._axes(x))
        divide(x.channels, self.groups, field="groups", what="input channels")
        divide(self.filters, self.groups, field="groups", what="filters")
        self._check_connections(x.channels)
        return Shape((*out, self.filters))

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        taps = per_axis(self.kernel, x.rank, "kernel")
        if self.connections is None:
            shape = (*taps, x.channels // self.groups, self.filters)
            symbols = f"({'F*' * x.rank}C)*K" if self.groups == 1 else f"({'F*' * x.rank}C/G)*K"
            reads = prod(taps) * x.channels / self.groups, prod(taps) * self.filters / self.groups
            kernel = Parameter("kernel", shape, reads=reads, symbols=symbols)
        else:
            seen = sum(map(len, self.connections))
            worked = f"({'*'.join(map(str, taps))})*{seen}"
            reads = prod(taps) * seen / self.filters, prod(taps) * seen / x.channels
            symbols = f"{'F*' * x.rank}connections"
            kernel = Parameter("kernel", (prod(taps) * seen,), reads=reads, symbols=symbols, worked=worked)
        if self.bias == "position":
            return kernel, Parameter("bias", self.shape(x).sizes, "bias", "zeros")
        return kernel, *biases(self.filters, wanted=self.bias)

    def warn(self, x: Shape) -> Iterator[Fault]:
        found = self._axes(x)
        yield from unread_rows(found)
        yield from uneven_same(self.padding, found)

    def works(self, x: Shape) -> tuple[Macs, ...]:
        return (convolving(self._axes(x), self.owns(x)[0].size),)

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return reaches(self._axes(x))

    def derives(self, x: Shape) -> tuple[Formula, ...]:
        return axis_formulas(self._axes(x))

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.convolution import conv

        y = conv(
            run,
            x,
            self._kernel(p["kernel"], x.ndim - 2, x.shape[-1]),
            **windows(self._axes(Shape(x.shape[1:]))),
            groups=self.groups,
        )
        return biased(run, p, y)

    def _kernel(self, kernel: "Array", rank: int, channels: int) -> "Array":
        """As `[*taps, channels, filters]`: a table of connections leaves zeros where a filter does not look."""
        if self.connections is None:
            return kernel
        import jax.numpy as jnp

        pairs = [(channel, row) for row, seen in enumerate(self.connections) for channel in seen]
        by_pair = kernel.reshape(-1, len(pairs))
        full = jnp.zeros((len(by_pair), channels, self.filters), kernel.dtype)
        full = full.at[:, [c for c, _ in pairs], [f for _, f in pairs]].set(by_pair)
        return full.reshape(*per_axis(self.kernel, rank, "kernel"), channels, self.filters)

    def _axes(self, x: Shape) -> tuple[Axis, ...]:
        return axes(
            x, self.name, kernel=self.kernel, stride=self.stride, padding=self.padding, dilation=self.dilation
        )

    def _check_connections(self, channels: int) -> None:
        table = self.connections
        if table is None:
            return
        if self.groups != 1:
            raise _refuse("a convolution has groups or a table of connections, not both")
        if len(table) != self.filters:
            raise _refuse(f"the table has {len(table)} rows, and there are {self.filters} filters")
        for row, seen in enumerate(table):
            if not seen or len(set(seen)) != len(seen) or max(seen) >= channels:
                raise _refuse(
                    f"row {row} of the table is {list(seen)}: "
                    f"each row names input channels 0 to {channels - 1}, each once"
                )


def _refuse(message: str) -> Refused:
    return Refused(Fault(rule=rules.BAD_CONNECTIONS, message=message, field="connections"))
