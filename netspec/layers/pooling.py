"""Pooling: each window becomes one value a channel."""

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

from pydantic import Field

from netspec.diagnostics import Fault, Refused, rules
from netspec.layers.base import (
    Example,
    Notation,
    Parameter,
    PerAxis,
    Shape,
    Unary,
    axis_names,
    biased,
    layer,
    per_axis,
)
from netspec.layers.facets import Formula, Keeps, Reach
from netspec.layers.window import (
    Axis,
    Padding,
    StrideOfKernel,
    axes,
    axis_formulas,
    reaches,
    uneven_same,
    unread_rows,
    windows,
)

if TYPE_CHECKING:
    from netspec.ops.run import Array, Run, Weights


@layer("pool")
class MaxPool(Unary):
    """The largest value of each window, channel by channel; padding never wins.

    out = floor((W - F + 2P)/S) + 1 on every axis, with F = dilation*(kernel - 1) + 1; with `ceil` rounded up,
    less a last window that would start inside the far padding.

    Source: Krizhevsky et al. 2012, ImageNet Classification with Deep Convolutional Neural Networks, section
    3.4 (windows that overlap: `pool3/2`); Ranzato et al. 2007, Unsupervised Learning of Invariant Feature
    Hierarchies.
    """

    kernel: PerAxis
    """Size of the window: one number, or one an axis."""
    stride: StrideOfKernel = Field(None, validate_default=True)
    """Step of the window. Not given: the kernel, so that windows lie side by side."""
    padding: Padding = 0
    """Rows that count as minus infinity, in numbers up to half the window; or `same`, `valid`, `same_tf`."""
    dilation: PerAxis = 1
    """Distance between the values that a window looks at."""
    ceil: bool = False
    """Round the output's size up, as Caffe does: a last window may reach over the edge."""

    keeps = Keeps("largest of windows")
    without_macs = True
    notation = Notation(size="kernel", stride="stride")
    elsewhere = (
        "maxpool",
        "max_pool",
        "max_pooling",
        "maxpooling",
        "maxpool1d",
        "maxpool2d",
        "maxpool3d",
        "maxpooling2d",
        "subsampling",
    )
    examples = (
        Example("pool2", "224x224x64", "112x112x64"),
        Example("pool3/2", "55x55x96", "27x27x96"),
        Example("pool3/2(padding=1)", "112x112x64", "56x56x64"),
        Example("pool3/2(ceil=true)", "112x112x64", "56x56x64"),
        Example("pool3/1(padding=same)", "28x28x192", "28x28x192"),
        Example("pool2", "56x100", "28x100"),
        Example("pool1x2x2", "16x112x112x64", "16x56x56x64"),
    )

    def shape(self, x: Shape) -> Shape:
        return Shape((*(axis.out for axis in _axes(self, x)), x.channels))

    def warn(self, x: Shape) -> Iterator[Fault]:
        return _warn(self, x)

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return reaches(_axes(self, x))

    def derives(self, x: Shape) -> tuple[Formula, ...]:
        return axis_formulas(_axes(self, x))

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.pooling import max_pool

        found = _axes(self, Shape(x.shape[1:]))
        return max_pool(run, x, window=_window(found), **windows(found))


@layer("avgpool")
class AveragePool(Unary):
    """The mean of each window, channel by channel.

    out = floor((W - F + 2P)/S) + 1 on every axis, with F = dilation*(kernel - 1) + 1; with `ceil` rounded up,
    less a last window that would start inside the far padding. Each sum is divided by the values that the
    window covers: zeros of the padding count (`pad` and then pool), places past the padding (`ceil`) never
    do.

    Source: LeCun et al. 1990, Handwritten Digit Recognition with a Back-Propagation Network, layers H2 and
    H4; that padding counts: Caffe, and PyTorch's AvgPool2d.
    """

    kernel: PerAxis
    """Size of the window: one number, or one an axis."""
    stride: StrideOfKernel = Field(None, validate_default=True)
    """Step of the window. Not given: the kernel, so that windows lie side by side."""
    padding: Padding = 0
    """Rows of zeros, in numbers up to half the window; or `same`, `valid`, `same_tf`."""
    dilation: PerAxis = 1
    """Distance between the values that a window looks at."""
    ceil: bool = False
    """Round the output's size up, as Caffe does: a last window may reach over the edge."""
    include_pad: bool = True
    """Padded zeros count as values, as in Caffe and PyTorch; false as in Keras and TensorFlow."""

    keeps = Keeps("sum of windows")
    without_macs = True
    notation = Notation(size="kernel", stride="stride")
    elsewhere = (
        "averagepool",
        "avg_pool",
        "average_pool",
        "average_pooling",
        "averagepooling",
        "avgpool1d",
        "avgpool2d",
        "avgpool3d",
        "averagepooling2d",
        "meanpool",
    )
    examples = (
        Example("avgpool7", "7x7x1024", "1x1x1024"),
        Example("avgpool5/3", "14x14x512", "4x4x512"),
        Example("avgpool3/1(padding=same, include_pad=false)", "35x35x192", "35x35x192"),
        Example("avgpool2", "100x16", "50x16"),
        Example("avgpool2x7x7", "2x7x7x512", "1x1x1x512"),
    )

    def shape(self, x: Shape) -> Shape:
        return Shape((*(axis.out for axis in _axes(self, x)), x.channels))

    def warn(self, x: Shape) -> Iterator[Fault]:
        return _warn(self, x)

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return reaches(_axes(self, x))

    def derives(self, x: Shape) -> tuple[Formula, ...]:
        return axis_formulas(_axes(self, x))

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.pooling import sum_pool

        found = _axes(self, Shape(x.shape[1:]))
        sums = sum_pool(run, x, window=_window(found), **windows(found))
        return _divided(sums, [axis.covered if self.include_pad else axis.inside for axis in found])


@layer("subsample")
class Subsample(Unary):
    """LeNet-5's subsampling: each window's sum times a trained coefficient, plus a trained bias.

    y = weight[c] * sum(window) + bias[c]; out = floor((W - F)/S) + 1 on every axis. The coefficient starts at
    one over the window's size, which makes it a mean.

    Source: LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition, section II.B.
    """

    kernel: PerAxis
    """Size of the window: one number, or one an axis."""
    stride: StrideOfKernel = Field(None, validate_default=True)
    """Step of the window. Not given: the kernel, so that windows lie side by side."""

    keeps = Keeps("sum of windows")
    without_macs = True
    notation = Notation(size="kernel", stride="stride")
    elsewhere = ("trainable_pool", "lenet_pool", "scaled_avgpool")
    examples = (
        Example("subsample2", "28x28x6", "14x14x6", 12),
        Example("subsample2", "100x16", "50x16", 32),
    )

    def shape(self, x: Shape) -> Shape:
        return Shape((*(axis.out for axis in self._axes(x)), x.channels))

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        mean = 1 / prod(per_axis(self.kernel, x.rank, "kernel"))
        return (
            Parameter("weight", (x.channels,), initializer=f"constant({mean!r})"),
            Parameter("bias", (x.channels,), "bias", "zeros"),
        )

    def warn(self, x: Shape) -> Iterator[Fault]:
        return unread_rows(self._axes(x))

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return reaches(self._axes(x))

    def derives(self, x: Shape) -> tuple[Formula, ...]:
        return axis_formulas(self._axes(x))

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.pooling import sum_pool

        found = self._axes(Shape(x.shape[1:]))
        sums = sum_pool(run, x, window=_window(found), **windows(found))
        return biased(run, p, sums * p["weight"])

    def _axes(self, x: Shape) -> tuple[Axis, ...]:
        return axes(x, self.name, kernel=self.kernel, stride=self.stride, word="window")


def _axes(pool: MaxPool | AveragePool, x: Shape) -> tuple[Axis, ...]:
    found = axes(
        x,
        pool.name,
        kernel=pool.kernel,
        stride=pool.stride,
        padding=pool.padding,
        dilation=pool.dilation,
        ceil=pool.ceil,
        word="window",
    )
    for axis, name in zip(found, axis_names(len(found)), strict=True):
        _refuse_windows_of_padding(axis, name)
    return found


def _refuse_windows_of_padding(axis: Axis, rows: str) -> None:
    """As PyTorch: half the window at most. And a dilation past the map could step from padding to padding."""
    if max(axis.low, axis.high) > axis.extent // 2:
        raise _refuse(
            f"a padding of {max(axis.low, axis.high)} is more than half of the window's {axis.extent} {rows}",
            f"{axis.extent} // 2 = {axis.extent // 2}",
        )
    if axis.kernel > 1 and axis.dilation > axis.size:
        raise _refuse(
            f"a dilation of {axis.dilation} with padding could step over the map's {axis.size} {rows}",
            f"{axis.dilation} > {axis.size}",
        )


def _refuse(message: str, label: str) -> Refused:
    return Refused(Fault(rule=rules.PADDING_TOO_LARGE, message=message, field="padding", label=label))


def _warn(pool: MaxPool | AveragePool, x: Shape) -> Iterator[Fault]:
    found = _axes(pool, x)
    yield from unread_rows(found)
    yield from uneven_same(pool.padding, found)


def _window(found: tuple[Axis, ...]) -> tuple[int, ...]:
    return tuple(axis.kernel for axis in found)


def _divided(sums: "Array", counts: list[tuple[int, ...]]) -> "Array":
    """Each window's sum over the values that it covers, which is the product of those on each axis."""
    import jax.numpy as jnp

    if all(len(set(axis)) == 1 for axis in counts):
        return sums / prod(axis[0] for axis in counts)
    for place, axis in enumerate(counts, 1):
        sums = sums / jnp.array(axis, sums.dtype).reshape(-1, *(1,) * (sums.ndim - place - 1))
    return sums
