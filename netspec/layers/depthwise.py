"""Depthwise convolution: each channel by itself."""

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

from netspec.diagnostics import Fault
from netspec.layers.base import (
    Example,
    Notation,
    Parameter,
    PerAxis,
    Positive,
    Shape,
    Unary,
    biased,
    biases,
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


@layer("dwconv")
class DepthwiseConv(Unary):
    """Convolve every channel with its own kernels: output c*multiplier + m reads input channel c alone.

    out = floor((W - F + 2P)/S) + 1 on every axis, with F = dilation*(kernel - 1) + 1.
    Weights: kernel * channels * multiplier; MACs: weights times output positions.

    Source: Howard et al. 2017, MobileNets, arXiv:1704.04861, section 3.1; Sifre 2014, Rigid-Motion Scattering
    for Image Classification (PhD thesis), section 6.2.
    """

    kernel: PerAxis
    """Size of the kernels: one number, or one an axis (`5x20`)."""
    stride: PerAxis = 1
    """Step of the window."""
    padding: Padding = "same"
    """`same` (keeps the size at stride 1), `valid`, `same_tf`, or zeros on each side in numbers."""
    dilation: PerAxis = 1
    """Distance between the kernel's taps."""
    multiplier: Positive = 1
    """Kernels, and so output channels, for each input channel."""
    bias: bool | None = None
    """One bias an output channel. Not given: true, except right before batch norm."""

    keeps = Keeps("product")
    notation = Notation(size="kernel", stride="stride")
    elsewhere = ("depthwise", "depthwise_conv", "depthwiseconv2d", "depthwiseconv1d", "dw_conv")
    examples = (
        Example("dwconv3/2", "112x112x64", "56x56x64", 640),
        Example("dwconv3(multiplier=2)", "28x28x3", "28x28x6", 60),
        Example("dwconv7", "56x96", "56x96", 768),
        Example("dwconv3(padding=valid)", "8x14x14x16", "6x12x12x16", 448),
    )

    def shape(self, x: Shape) -> Shape:
        return Shape((*(axis.out for axis in _axes(self, x)), x.channels * self.multiplier))

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        return _depthwise_kernel("kernel", self, x), *biases(x.channels * self.multiplier, wanted=self.bias)

    def warn(self, x: Shape) -> Iterator[Fault]:
        return _warn(self, x)

    def works(self, x: Shape) -> tuple[Macs, ...]:
        return (convolving(_axes(self, x), self.owns(x)[0].size),)

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return reaches(_axes(self, x))

    def derives(self, x: Shape) -> tuple[Formula, ...]:
        return axis_formulas(_axes(self, x))

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.convolution import conv

        y = conv(run, x, p["kernel"], **windows(_axes(self, Shape(x.shape[1:]))), groups=x.shape[-1])
        return biased(run, p, y)


@layer("sepconv")
class SeparableConv(Unary):
    """Convolve every channel by itself, then mix the channels with a 1x1 convolution.

    out = floor((W - F + 2P)/S) + 1 on every axis, with F = dilation*(kernel - 1) + 1.
    Weights: (kernel + filters) * channels * multiplier; MACs: weights times output positions.

    Source: Chollet 2017, Xception: Deep Learning with Depthwise Separable Convolutions, arXiv:1610.02357,
    sections 1.2 and 2.
    """

    filters: Positive
    """Output channels of the 1x1 convolution."""
    kernel: PerAxis
    """Size of the depthwise kernels: one number, or one an axis."""
    stride: PerAxis = 1
    """Step of the depthwise window."""
    padding: Padding = "same"
    """`same` (keeps the size at stride 1), `valid`, `same_tf`, or zeros on each side in numbers."""
    dilation: PerAxis = 1
    """Distance between the depthwise kernel's taps."""
    multiplier: Positive = 1
    """Depthwise kernels for each input channel."""
    bias: bool | None = None
    """One bias a filter, at the end. Not given: true, except right before batch norm."""

    keeps = Keeps("product")
    notation = Notation(size="kernel", width="filters", stride="stride")
    elsewhere = ("separable", "separable_conv", "separableconv2d", "separableconv1d", "xception_conv")
    examples = (
        Example("sepconv3-128", "147x147x64", "147x147x128", 8_896),
        Example("sepconv3-16/2(multiplier=2)", "32x32x4", "16x16x16", 216),
        Example("sepconv5-32", "100x8", "100x32", 328),
        Example("sepconv3-8(padding=valid)", "8x8x8x4", "6x6x6x8", 148),
    )

    def shape(self, x: Shape) -> Shape:
        return Shape((*(axis.out for axis in _axes(self, x)), self.filters))

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        pointwise = (*(1,) * x.rank, x.channels * self.multiplier, self.filters)
        return (
            _depthwise_kernel("depthwise_kernel", self, x),
            Parameter("pointwise_kernel", pointwise, symbols="(C*M)*K"),
            *biases(self.filters, wanted=self.bias),
        )

    def warn(self, x: Shape) -> Iterator[Fault]:
        return _warn(self, x)

    def works(self, x: Shape) -> tuple[Macs, ...]:
        depthwise, pointwise, *_ = self.owns(x)
        positions = self.shape(x).spatial
        one = (1,) * x.rank
        return convolving(_axes(self, x), depthwise.size), Macs(pointwise.size, positions, one, positions)

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return reaches(_axes(self, x))

    def derives(self, x: Shape) -> tuple[Formula, ...]:
        return axis_formulas(_axes(self, x))

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.convolution import conv

        found = _axes(self, Shape(x.shape[1:]))
        each = conv(run, x, p["depthwise_kernel"], **windows(found), groups=x.shape[-1])
        ones = (1,) * len(found)
        y = conv(run, each, p["pointwise_kernel"], strides=ones, pads=((0, 0),) * len(found), dilations=ones)
        return biased(run, p, y)


def _axes(conv: DepthwiseConv | SeparableConv, x: Shape) -> tuple[Axis, ...]:
    return axes(
        x, conv.name, kernel=conv.kernel, stride=conv.stride, padding=conv.padding, dilation=conv.dilation
    )


def _depthwise_kernel(name: str, conv: DepthwiseConv | SeparableConv, x: Shape) -> Parameter:
    """As a convolution in `channels` groups holds it: one input channel a kernel."""
    taps = per_axis(conv.kernel, x.rank, "kernel")
    shape = (*taps, 1, x.channels * conv.multiplier)
    reads = float(prod(taps)), float(prod(taps) * conv.multiplier)
    return Parameter(name, shape, reads=reads, symbols=f"({'F*' * x.rank}1)*(C*M)")


def _warn(conv: DepthwiseConv | SeparableConv, x: Shape) -> Iterator[Fault]:
    found = _axes(conv, x)
    yield from unread_rows(found)
    yield from uneven_same(conv.padding, found)
