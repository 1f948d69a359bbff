"""Transposed convolution."""

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Literal

from pydantic import Field

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
    axis_names,
    biased,
    biases,
    divide,
    image,
    layer,
    per_axis,
)
from netspec.layers.facets import Formula, Keeps, Macs, Reach, taps_inside
from netspec.layers.window import ExplicitPadding, StrideOfKernel, by_side, check_sides

if TYPE_CHECKING:
    from netspec.ops.run import Array, Run, Weights


@dataclass(frozen=True, slots=True)
class _Axis:
    """One axis of a transposed convolution; `low` and `high` are cut from the full output."""

    size: int
    kernel: int
    stride: int
    low: int
    high: int
    extra: int
    dilation: int

    @property
    def extent(self) -> int:
        return self.dilation * (self.kernel - 1) + 1

    @property
    def out(self) -> int:
        return (self.size - 1) * self.stride - self.low - self.high + self.extent + self.extra

    @property
    def arithmetic(self) -> str:
        return f"{self._written} = {self.out}"

    @property
    def _written(self) -> str:
        cut = f"2*{self.low}" if self.low == self.high else f"{self.low} - {self.high}".replace("- -", "+ ")
        return f"({self.size} - 1)*{self.stride} - {cut} + {self.extent} + {self.extra}"

    def formula(self, name: str) -> Formula:
        return Formula(name, "(W - 1)*S - 2P + F + output_padding", self._written, self.out)

    @property
    def reach(self) -> Reach:
        """Output i gets a stamp from input j where i + low - j*stride is a tap: 0, dilation, ... extent - 1."""
        return Reach(1, self.stride, self.low - self.extent + self.stride, self.low, self.dilation)

    @property
    def taps(self) -> int:
        """Pairs of input position and tap whose product lands inside the output."""
        return taps_inside(
            size=self.out,
            out=self.size,
            kernel=self.kernel,
            stride=self.stride,
            low=self.low,
            dilation=self.dilation,
        )


@layer("upconv")
class TransposedConv(Unary):
    """Stamp a kernel into the output for every input value, `stride` apart; overlaps add up, plus a bias.

    out = (W - 1)*S - 2P + F + output_padding on every axis, with F = dilation*(kernel - 1) + 1. It is the
    gradient of a convolution from the output's size to the input's, so padding here cuts the output.

    Weights: kernel * (channels / groups) * filters; MACs: weights times input positions.

    Source: Dumoulin and Visin 2016, A guide to convolution arithmetic for deep learning, arXiv:1603.07285,
    relationship 14; Long et al. 2015, Fully Convolutional Networks, arXiv:1411.4038, section 3.3.
    """

    filters: Positive
    """Number of kernels, the output's channels."""
    kernel: PerAxis
    """Size of the kernel: one number, or one an axis."""
    stride: StrideOfKernel = Field(None, validate_default=True)
    """Distance between the stamps in the output. Not given: the kernel, so that stamps lie side by side."""
    padding: Literal["same", "valid", "same_tf"] | ExplicitPadding = 0
    """Rows cut from each side of the output, in numbers; `valid` cuts none. `same` gives W*S: it cuts F - S
    in all, the larger half before (kernel 3, stride 2: one row before, none after); `same_tf` cuts the
    smaller half before, as TensorFlow does. Where S is larger than F, both add rows without a stamp at the
    far side."""
    output_padding: NonNegative | tuple[NonNegative, ...] = 0
    """Rows added at the output's far side, less than stride or dilation; for a padding in numbers only."""
    dilation: PerAxis = 1
    """Distance between the kernel's taps."""
    groups: Positive = 1
    """Channels and filters are split into so many independent groups."""
    bias: bool | None = None
    """One bias a filter. Not given: true, except right before batch norm."""

    keeps = Keeps("stamped product")
    notation = Notation(size="kernel", width="filters", stride="stride")
    elsewhere = (
        "deconv",
        "deconvolution",
        "transposed_conv",
        "conv_transpose",
        "convtranspose2d",
        "conv2dtranspose",
        "conv2d_transpose",
        "tconv",
    )
    examples = (
        Example("upconv2-64", "28x28x128", "56x56x64", 32_832),
        Example("upconv4-64/2(padding=1)", "16x16x128", "32x32x64", 131_136),
        Example("upconv3-8/2(padding=1, output_padding=1)", "7x7x16", "14x14x8", 1_160),
        Example("upconv3-8/2(padding=same)", "7x7x16", "14x14x8", 1_160),
        Example("upconv4-1/2(padding=1)", "50x8", "100x1", 33),
        Example("upconv2-4(groups=2)", "4x4x4x8", "8x8x8x4", 132),
    )

    def shape(self, x: Shape) -> Shape:
        found = self._axes(x)
        for axis in found:
            if axis.out < 1:
                raise _refuse_empty(x, axis)
        divide(x.channels, self.groups, field="groups", what="input channels")
        divide(self.filters, self.groups, field="groups", what="filters")
        return Shape((*(axis.out for axis in found), self.filters))

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        taps = per_axis(self.kernel, x.rank, "kernel")
        symbols = f"({'F*' * x.rank}C)*K" if self.groups == 1 else f"({'F*' * x.rank}C/G)*K"
        stamps = prod(taps) / self.groups
        steps = prod(per_axis(self.stride, x.rank, "stride"))
        reads = stamps * x.channels / steps, stamps * self.filters
        shape = (*taps, x.channels // self.groups, self.filters)
        kernel = Parameter("kernel", shape, reads=reads, symbols=symbols)
        return kernel, *biases(self.filters, wanted=self.bias)

    def works(self, x: Shape) -> tuple[Macs, ...]:
        found = self._axes(x)
        kernel, taps = tuple(axis.kernel for axis in found), tuple(axis.taps for axis in found)
        return (Macs(self.owns(x)[0].size, x.spatial, kernel, taps),)

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return tuple(axis.reach for axis in self._axes(x))

    def derives(self, x: Shape) -> tuple[Formula, ...]:
        named = zip(self._axes(x), axis_names(x.rank), strict=True)
        return tuple(axis.formula(name) for axis, name in named)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.transposed import conv_transpose

        found = self._axes(Shape(x.shape[1:]))
        y = conv_transpose(
            run,
            x,
            p["kernel"],
            strides=tuple(axis.stride for axis in found),
            cuts=tuple((axis.low, axis.high) for axis in found),
            extra=tuple(axis.extra for axis in found),
            dilations=tuple(axis.dilation for axis in found),
            groups=self.groups,
        )
        return biased(run, p, y)

    def _axes(self, x: Shape) -> tuple[_Axis, ...]:
        rank = len(image(x, self.name))
        kernels, strides, dilations, extras = (
            per_axis(self.kernel, rank, "kernel"),
            per_axis(self.stride, rank, "stride"),
            per_axis(self.dilation, rank, "dilation"),
            per_axis(self.output_padding, rank, "output_padding"),
        )
        check_sides(self.padding, rank)
        found = []
        for i, (size, stride, dilation, extra) in enumerate(
            zip(x.spatial, strides, dilations, extras, strict=True)
        ):
            self._check_extra(extra, stride, dilation)
            extent = dilation * (kernels[i] - 1) + 1
            low, high = self._cut(i, extent, stride)
            found.append(_Axis(size, kernels[i], stride, low, high, extra, dilation))
        return tuple(found)

    def _cut(self, axis: int, extent: int, stride: int) -> tuple[int, int]:
        """Rows cut before and after. A negative number adds rows that no stamp reaches."""
        match self.padding:
            case "valid":
                return 0, 0
            case "same" | "same_tf" if extent <= stride:
                return 0, extent - stride
            case "same":
                return (extent - stride + 1) // 2, (extent - stride) // 2
            case "same_tf":
                return (extent - stride) // 2, (extent - stride + 1) // 2
            case numbers:
                return by_side(numbers, axis)

    def _check_extra(self, extra: int, stride: int, dilation: int) -> None:
        if extra and isinstance(self.padding, str):
            raise _refuse_extra(f"padding={self.padding} leaves nothing to add")
        if extra >= max(stride, dilation):
            raise _refuse_extra(f"it stays below the larger of stride {stride} and dilation {dilation}")


def _refuse_empty(x: Shape, axis: _Axis) -> Refused:
    return Refused(
        Fault(
            rule=rules.NOTHING_LEFT,
            message=f"the padding cuts away the whole output of upconv on its {x} input",
            field="padding",
            label=axis.arithmetic,
        )
    )


def _refuse_extra(why: str) -> Refused:
    return Refused(
        Fault(rule=rules.WRONG_VALUE, message=f"output_padding is too large: {why}", field="output_padding")
    )
