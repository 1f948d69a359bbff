"""Reshaping: values moved or repeated."""

from math import prod
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from netspec.diagnostics import Fault, Refused, rules
from netspec.layers.base import (
    Example,
    Notation,
    PerAxis,
    Positive,
    Shape,
    Unary,
    axis_names,
    divide,
    everywhere,
    image,
    layer,
    per_axis,
)
from netspec.layers.facets import Formula, Keeps, Reach

if TYPE_CHECKING:
    from netspec.ops.run import Array, Run, Weights


@layer("flatten")
class Flatten(Unary):
    """A map becomes a vector of all its values, row by row with the channels innermost.

    y[(r*columns + c)*channels + k] = x[r, c, k]. (PyTorch's maps have channels first, so its order differs.)

    Source: the layout "channels last" of Keras's Flatten; numpy.reshape in C order.
    """

    keeps = Keeps("view")
    own_values = False
    without_macs = True
    elsewhere = ("ravel", "view", "vectorize")
    examples = (
        Example("flatten", "7x7x512", "25088"),
        Example("flatten", "54x100", "5400"),
        Example("flatten", "2x4x4x8", "256"),
        Example("flatten", "10", "10"),
    )

    def shape(self, x: Shape) -> Shape:
        return Shape((x.elements,))

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return everywhere(x)

    def derives(self, x: Shape) -> tuple[Formula, ...]:
        return (Formula("values", "W*H*C", _product(x), x.elements),)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        return x.reshape(x.shape[0], -1)


@layer("reshape")
class Reshape(Unary):
    """The same values, in the order of `flatten`, read as another shape; the products of the sizes agree.

    Source: numpy.reshape in C order; in a network Radford et al. 2016, DCGAN, arXiv:1511.06434, section 3.
    """

    sizes: Positive | Annotated[tuple[Positive, ...], Field(min_length=1)]
    """The new shape, channels last (`4x4x16`); one number for a vector."""

    keeps = Keeps("view")
    own_values = False
    without_macs = True
    notation = Notation(positional=("sizes",))
    elsewhere = ("unflatten", "view_as")
    examples = (
        Example("reshape(4x4x1024)", "16384", "4x4x1024"),
        Example("reshape(49x64)", "7x7x64", "49x64"),
        Example("reshape(2x2x2x3)", "24", "2x2x2x3"),
        Example("reshape(3136)", "7x7x64", "3136"),
    )

    def shape(self, x: Shape) -> Shape:
        new = Shape((self.sizes,) if isinstance(self.sizes, int) else self.sizes)
        if new.elements != x.elements:
            raise Refused(
                Fault(
                    rule=rules.BAD_RESHAPE,
                    message=f"the input {x} holds {x.elements} values, and {new} holds {new.elements}",
                    field="sizes",
                    label=f"{_product(new)} = {new.elements}, not {_product(x)} = {x.elements}",
                )
            )
        return new

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        return x.reshape(x.shape[0], *((self.sizes,) if isinstance(self.sizes, int) else self.sizes))


def _product(x: Shape) -> str:
    return "*".join(map(str, x.sizes))


@layer("pixel_shuffle")
class PixelShuffle(Unary):
    """Channels become pixels: r*r channels of one position are laid out as an r x r block of one channel.

    y[r*i + a, r*j + b, c] = x[i, j, (a*r + b)*channels_out + c], and likewise on one or three axes.
    (PyTorch's PixelShuffle numbers the channels c*r*r + a*r + b instead; TensorFlow's depth_to_space is as
    here.)

    Source: Shi et al. 2016, Real-Time Single Image and Video Super-Resolution (ESPCN), arXiv:1609.05158,
    equation 4.
    """

    factor: PerAxis
    """The r of the formula: one number, or one an axis."""

    keeps = Keeps("shuffle")
    without_macs = True
    notation = Notation(positional=("factor",))
    elsewhere = ("pixelshuffle", "depth_to_space", "subpixel", "periodic_shuffle")
    examples = (
        Example("pixel_shuffle(3)", "17x17x9", "51x51x1"),
        Example("pixel_shuffle(2)", "50x8", "100x4"),
        Example("pixel_shuffle(2)", "4x8x8x16", "8x16x16x2"),
    )

    def shape(self, x: Shape) -> Shape:
        factors = per_axis(self.factor, len(image(x, self.name)), "factor")
        channels = divide(x.channels, prod(factors), field="factor", what="channels")
        return Shape((*(size * r for size, r in zip(x.spatial, factors, strict=True)), channels))

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return tuple(Reach(1, r) for r in per_axis(self.factor, x.rank, "factor"))

    def derives(self, x: Shape) -> tuple[Formula, ...]:
        factors = per_axis(self.factor, x.rank, "factor")
        numbers = f"{x.channels}/({'*'.join(map(str, factors))})"
        channels = Formula("channels", "C/r^d", numbers, x.channels // prod(factors))
        return *_enlarged(x, factors), channels

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.upsampling import interleave

        factors = per_axis(self.factor, x.ndim - 2, "factor")
        return interleave(x.reshape(*x.shape[:-1], *factors, -1), factors)


@layer("channel_shuffle")
class ChannelShuffle(Unary):
    """Spread the channels of each group over all: y[j*groups + g] = x[g*n + j], n = channels / groups.

    Source: Zhang et al. 2018, ShuffleNet, arXiv:1707.01083, section 3.1.
    """

    groups: Positive
    """Number of groups of the grouped convolution before."""

    keeps = Keeps("shuffle")
    without_macs = True
    pointwise = True
    notation = Notation(positional=("groups",))
    elsewhere = ("channelshuffle", "shuffle")
    examples = (
        Example("channel_shuffle(3)", "28x28x240", "28x28x240"),
        Example("channel_shuffle(2)", "50x8", "50x8"),
    )

    def shape(self, x: Shape) -> Shape:
        divide(x.channels, self.groups, field="groups", what="channels")
        return x

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        return x.reshape(*x.shape[:-1], self.groups, -1).swapaxes(-1, -2).reshape(x.shape)


@layer("upsample")
class Upsample(Unary):
    """Enlarge the map by a whole factor, without parameters.

    nearest: y[i] = x[floor(i / factor)]. linear: between the two nearest positions on each axis, where output
    i lies at (i + 1/2)/factor - 1/2 of the input (half-pixel centres; PyTorch's align_corners=false).

    Source: Odena et al. 2016, Deconvolution and Checkerboard Artifacts (Distill); linear as in Long et al.
    2015, Fully Convolutional Networks, arXiv:1411.4038, section 3.3.
    """

    factor: PerAxis
    """How many times larger each axis becomes: one number, or one an axis."""
    method: Literal["nearest", "linear"] = "nearest"
    """Repeat values, or go over linearly: bilinear on two axes, trilinear on three."""

    keeps = Keeps("part")
    without_macs = True
    notation = Notation(positional=("factor",))
    elsewhere = ("upsampling", "upsampling2d", "resize", "interpolate", "unpool")
    examples = (
        Example("upsample(2)", "13x13x256", "26x26x256"),
        Example("upsample(2, method=linear)", "50x8", "100x8"),
        Example("upsample(1x2x2)", "4x8x8x16", "4x16x16x16"),
    )

    def shape(self, x: Shape) -> Shape:
        factors = per_axis(self.factor, len(image(x, self.name)), "factor")
        return Shape((*(size * f for size, f in zip(x.spatial, factors, strict=True)), x.channels))

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        factors = per_axis(self.factor, x.rank, "factor")
        if self.method == "nearest":
            return tuple(Reach(1, f) for f in factors)
        return tuple(map(_between, factors))

    def derives(self, x: Shape) -> tuple[Formula, ...]:
        return _enlarged(x, per_axis(self.factor, x.rank, "factor"))

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.upsampling import linear, nearest

        enlarge = nearest if self.method == "nearest" else linear
        for axis, factor in enumerate(per_axis(self.factor, x.ndim - 2, "factor"), 1):
            x = enlarge(x, axis, factor)
        return x


def _between(factor: int) -> Reach:
    """The positions on both sides of (i + 1/2)/factor - 1/2; a single one where it falls onto a position."""
    return Reach(2, 2 * factor, 1 - factor, factor)


def _enlarged(x: Shape, factors: tuple[int, ...]) -> tuple[Formula, ...]:
    named = zip(axis_names(x.rank), x.spatial, factors, strict=True)
    return tuple(Formula(name, "W*r", f"{size}*{r}", size * r) for name, size, r in named)
