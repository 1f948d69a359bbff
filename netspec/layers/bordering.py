"""Padding and cropping: rows at the sides of a map, and channels of zeros."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from netspec.diagnostics import Fault, Refused, rules
from netspec.layers.base import Example, Finite, Notation, Positive, Shape, Unary, axis_names, image, layer
from netspec.layers.facets import Formula, Keeps, Reach
from netspec.layers.window import ExplicitPadding, by_side, check_sides

if TYPE_CHECKING:
    from netspec.ops.run import Array, Run, Weights


@layer("pad")
class Pad(Unary):
    """Add rows to each side of the map: out = W + low + high on every axis.

    reflect mirrors the map at its edge row, without repeating that row; edge repeats it.

    Source: numpy.pad, whose modes these are; zeros: Dumoulin and Visin 2016, arXiv:1603.07285, section 2.
    """

    by: ExplicitPadding
    """Rows on each side: one number, one an axis (`1x2`), or low and high by axis (`[[0, 1], [2, 3]]`)."""
    mode: Literal["constant", "reflect", "edge"] = "constant"
    """What the new rows hold."""
    value: Finite = 0.0
    """What new rows hold in mode `constant`."""

    keeps = Keeps("part")
    without_macs = True
    notation = Notation(positional=("by",))
    elsewhere = (
        "padding",
        "zeropad",
        "zero_pad",
        "zeropadding2d",
        "zeropad2d",
        "reflection_pad",
        "reflectionpad2d",
    )
    examples = (
        Example("pad(3)", "224x224x3", "230x230x3"),
        Example("pad([[0, 1], [2, 3]])", "8x8x4", "9x13x4"),
        Example("pad(1x2, mode=reflect)", "8x8x4", "10x12x4"),
        Example("pad(4, mode=edge)", "56x300", "64x300"),
        Example("pad(1)", "4x8x8x2", "6x10x10x2"),
    )

    def shape(self, x: Shape) -> Shape:
        spatial = image(x, self.name)
        check_sides(self.by, len(spatial), "by")
        if self.value and self.mode != "constant":
            raise _refuse_value(self.mode)
        found = [(size, *by_side(self.by, i)) for i, size in enumerate(spatial)]
        for (size, low, high), rows in zip(found, axis_names(len(found)), strict=True):
            if self.mode == "reflect" and max(low, high) >= size:
                raise _refuse_reflection(max(low, high), size, rows)
        return Shape((*map(sum, found), x.channels))

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        lows = [by_side(self.by, axis)[0] for axis in range(x.rank)]
        return tuple(Reach(1, 1, -low, -low) for low in lows)

    def derives(self, x: Shape) -> tuple[Formula, ...]:
        return tuple(
            Formula(name, "W + low + high", f"{size} + {low} + {high}", size + low + high)
            for name, size, low, high in _sides(self.by, x)
        )

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        import jax.numpy as jnp

        widths = [(0, 0), *(by_side(self.by, axis) for axis in range(x.ndim - 2)), (0, 0)]
        fill = {"constant_values": self.value} if self.mode == "constant" else {}
        return jnp.pad(x, widths, self.mode, **fill)


@layer("crop")
class Crop(Unary):
    """Take rows away from each side of the map: out = W - low - high on every axis.

    Source: Ronneberger et al. 2015, U-Net, arXiv:1505.04597, section 2 (cropped, then joined).
    """

    by: ExplicitPadding
    """Rows on each side: one number, one an axis (`1x2`), or low and high by axis (`[[0, 1], [2, 3]]`)."""

    keeps = Keeps("part")
    without_macs = True
    notation = Notation(positional=("by",))
    elsewhere = ("cropping", "cropping2d", "center_crop", "centercrop")
    examples = (
        Example("crop(2)", "32x32x3", "28x28x3"),
        Example("crop([[0, 1], [2, 3]])", "8x8x4", "7x3x4"),
        Example("crop(4)", "64x300", "56x300"),
        Example("crop(0x2x2)", "4x8x8x2", "4x4x4x2"),
    )

    def shape(self, x: Shape) -> Shape:
        spatial = image(x, self.name)
        check_sides(self.by, len(spatial), "by")
        found = [(size, *by_side(self.by, i)) for i, size in enumerate(spatial)]
        for (size, low, high), rows in zip(found, axis_names(len(found)), strict=True):
            if low + high >= size:
                raise _refuse_crop(x, size, low, high, rows)
        return Shape((*(size - low - high for size, low, high in found), x.channels))

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        lows = [by_side(self.by, axis)[0] for axis in range(x.rank)]
        return tuple(Reach(1, 1, low, low) for low in lows)

    def derives(self, x: Shape) -> tuple[Formula, ...]:
        return tuple(
            Formula(name, "W - low - high", f"{size} - {low} - {high}", size - low - high)
            for name, size, low, high in _sides(self.by, x)
        )

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        cuts = (by_side(self.by, axis) for axis in range(x.ndim - 2))
        kept = (slice(low, size - high) for size, (low, high) in zip(x.shape[1:-1], cuts, strict=True))
        return x[(slice(None), *kept)]


@layer("pad_channels")
class PadChannels(Unary):
    """Add channels of zeros behind the others, up to `channels` in all; no parameters.

    Source: He et al. 2016, Deep Residual Learning for Image Recognition, arXiv:1512.03385, section 3.3,
    option A.
    """

    channels: Positive
    """Number of channels of the output."""

    keeps = Keeps("part")
    without_macs = True
    pointwise = True
    notation = Notation(positional=("channels",))
    elsewhere = ("zero_pad_channels",)
    examples = (
        Example("pad_channels(32)", "16x16x16", "16x16x32"),
        Example("pad_channels(8)", "50x3", "50x8"),
        Example("pad_channels(10)", "7", "10"),
    )

    def shape(self, x: Shape) -> Shape:
        if x.channels > self.channels:
            raise _refuse_channels(x, self.channels)
        return x.with_channels(self.channels)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        import jax.numpy as jnp

        return jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, self.channels - x.shape[-1])])


def _sides(by: ExplicitPadding, x: Shape) -> Iterator[tuple[str, int, int, int]]:
    """Name, size, low and high of each axis."""
    for axis, (name, size) in enumerate(zip(axis_names(x.rank), x.spatial, strict=True)):
        yield name, size, *by_side(by, axis)


def _refuse_channels(x: Shape, channels: int) -> Refused:
    return Refused(
        Fault(
            rule=rules.WRONG_VALUE,
            message=f"pad_channels adds channels, and its {x} input has more than {channels}",
            field="channels",
            label=f"{channels} - {x.channels} = {channels - x.channels}",
        )
    )


def _refuse_value(mode: str) -> Refused:
    return Refused(
        Fault(
            rule=rules.WRONG_VALUE,
            message=f"value is for mode=constant; with mode={mode} the new rows come from the map",
            field="value",
        )
    )


def _refuse_reflection(padding: int, size: int, rows: str) -> Refused:
    return Refused(
        Fault(
            rule=rules.PADDING_TOO_LARGE,
            message=f"a reflection of {padding} needs {padding + 1} {rows}, and the map has {size}",
            field="by",
            label=f"{size} - 1 = {size - 1}",
        )
    )


def _refuse_crop(x: Shape, size: int, low: int, high: int, rows: str) -> Refused:
    return Refused(
        Fault(
            rule=rules.NOTHING_LEFT,
            message=f"crop leaves no {rows} of its {x} input",
            field="by",
            label=f"{size} - {low} - {high} = {size - low - high}",
        )
    )
