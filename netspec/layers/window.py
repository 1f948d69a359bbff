"""The arithmetic of windows that slide over a map: padding, output size, rows that are never read.

Sizes follow the lectures: floor((W - F + 2P)/S) + 1 with F the dilated extent of the kernel
(Dumoulin and Visin 2016, arXiv:1603.07285, relationship 15).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

from pydantic import BeforeValidator, ValidationInfo

from netspec.diagnostics import Fault, FieldMend, Refused, rules
from netspec.layers.base import NonNegative, PerAxis, Shape, axis_names, dims, image, per_axis, wrong_axes
from netspec.layers.facets import Formula, Macs, Reach, taps_inside

Sides = tuple[NonNegative, NonNegative]
ExplicitPadding = NonNegative | tuple[NonNegative, ...] | tuple[Sides, ...]
"""One number, one an axis (`1x2`), or low and high of each axis (`[[0, 1], [2, 3]]`)."""
Padding = Literal["same", "valid", "same_tf"] | ExplicitPadding
"""`same`, `valid`, `same_tf`, or numbers."""


def _kernel_unless_given(stride: Any, info: ValidationInfo) -> Any:
    """A kernel at fault counts as 1, so that the stride is not reported beside it."""
    return info.data.get("kernel", 1) if stride is None else stride


StrideOfKernel = Annotated[PerAxis, BeforeValidator(_kernel_unless_given)]
"""The kernel unless given: a field after `kernel`, with `= Field(None, validate_default=True)`."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a sliding window, with everything that its output size depends on."""

    size: int
    kernel: int
    stride: int
    low: int
    high: int
    dilation: int = 1
    ceil: bool = False

    @property
    def extent(self) -> int:
        """How far the dilated kernel reaches: dilation*(kernel - 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def room(self) -> int:
        """Positions the window can move by; negative where it does not fit."""
        return self.size + self.low + self.high - self.extent

    @property
    def out(self) -> int:
        """The number of window positions."""
        if not self.ceil:
            return self.room // self.stride + 1
        out = -(-self.room // self.stride) + 1
        # A last window that would start inside the high padding is dropped, as in Caffe and PyTorch.
        return out - 1 if (out - 1) * self.stride >= self.size + self.low else out

    @property
    def unread(self) -> int:
        """Rows at the far end that no window reaches, less those that the stride skips everywhere."""
        reached = (self.out - 1) * self.stride + max(self.extent, self.stride)
        return max(0, self.size - max(0, reached - self.low))

    @property
    def arithmetic(self) -> str:
        """The lecture's formula with the numbers put in."""
        return f"({self._room_written})/{self.stride} + 1 = {self.room // self.stride + 1}"

    def formula(self, name: str) -> Formula:
        """How the output size comes about: `(224 - 3 + 2*1)/1 + 1`."""
        symbols = "((W - F + 2P)/S) + 1"
        numbers = f"({self._room_written})/{self.stride}"
        if self.room % self.stride:
            rounding = "ceil" if self.ceil else "floor"
            symbols, numbers = f"{rounding}{symbols}", f"{rounding}({numbers})"
        else:
            symbols = "(W - F + 2P)/S + 1"
        dropped = self.ceil and self.out <= -(-self.room // self.stride)
        less = " - 1" if dropped else ""  # the window that would start inside the padding
        return Formula(name, f"{symbols}{less}", f"{numbers} + 1{less}", self.out)

    @property
    def reach(self) -> Reach:
        """What output i reads on this axis."""
        return Reach(self.stride, 1, -self.low, self.extent - 1 - self.low, self.dilation)

    @property
    def taps(self) -> int:
        """Pairs of output position and tap that lie inside the map."""
        return taps_inside(
            size=self.size,
            out=self.out,
            kernel=self.kernel,
            stride=self.stride,
            low=self.low,
            dilation=self.dilation,
        )

    @property
    def covered(self) -> tuple[int, ...]:
        """For each window the values it covers, padding included, places past the padding not."""
        return self._counted(-self.low, self.size + self.high)

    @property
    def inside(self) -> tuple[int, ...]:
        """For each window the values of the map it covers."""
        return self._counted(0, self.size)

    def _counted(self, start: int, stop: int) -> tuple[int, ...]:
        firsts = (i * self.stride - self.low for i in range(self.out))
        return tuple(
            sum(start <= first + tap * self.dilation < stop for tap in range(self.kernel)) for first in firsts
        )

    @property
    def pads(self) -> tuple[int, int]:
        """The padding before and after, the overhang of a last window of `ceil` included."""
        reached = (self.out - 1) * self.stride + self.extent - self.low - self.size
        return self.low, max(self.high, reached)

    @property
    def remainder(self) -> str:
        """The division of the formula, and what it leaves over."""
        return f"({self._room_written}) / {self.stride} leaves {self.room % self.stride}"

    @property
    def _room_written(self) -> str:
        padding = f"2*{self.low}" if self.low == self.high else f"{self.low} + {self.high}"
        return f"{self.size} - {self.extent} + {padding}"


def sides(padding: Padding, axis: int, *, size: int, extent: int, stride: int) -> tuple[int, int]:
    """Low and high padding of one axis. `same` pads extent - 1 in all, low side floor half."""
    match padding:
        case "valid":
            return 0, 0
        case "same":
            total = extent - 1
            return total // 2, total - total // 2
        case "same_tf":
            total = max((-(-size // stride) - 1) * stride + extent - size, 0)
            return total // 2, total - total // 2
        case _:
            return by_side(padding, axis)


def by_side(padding: ExplicitPadding, axis: int) -> tuple[int, int]:
    """Low and high of one axis, for a padding in numbers whose rank is right."""
    side = padding if isinstance(padding, int) else padding[axis]
    return (side, side) if isinstance(side, int) else side


def check_sides(padding: Padding, rank: int, field: str = "padding") -> None:
    """Refuse a padding given by axis for another number of axes."""
    if isinstance(padding, tuple) and len(padding) != rank:
        raise wrong_axes(field, len(padding), rank)


def axes(
    x: Shape,
    name: str,
    *,
    kernel: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    padding: Padding = 0,
    dilation: int | tuple[int, ...] = 1,
    ceil: bool = False,
    word: Literal["kernel", "window"] = "kernel",
) -> tuple[Axis, ...]:
    """The axes of a window over `x`; refuses a rank that does not match, and a window that does not fit.

    `word` is what the message calls the window; a kernel that does not fit is offered `same`.
    """
    spatial = image(x, name)
    rank = len(spatial)
    kernels, strides, dilations = (
        per_axis(kernel, rank, "kernel"),
        per_axis(stride, rank, "stride"),
        per_axis(dilation, rank, "dilation"),
    )
    check_sides(padding, rank)
    found = []
    for i, size in enumerate(spatial):
        extent = dilations[i] * (kernels[i] - 1) + 1
        low, high = sides(padding, i, size=size, extent=extent, stride=strides[i])
        found.append(Axis(size, kernels[i], strides[i], low, high, dilations[i], ceil))
    for axis in found:
        if axis.room < 0:
            raise Refused(_too_large(x, word, found, axis))
    return tuple(found)


def _too_large(x: Shape, word: str, found: list[Axis], axis: Axis) -> Fault:
    kernel = dims(tuple(a.kernel for a in found)) if len(found) > 1 else f"{axis.kernel}-wide"
    dilated = f" (dilated to {dims(tuple(a.extent for a in found))})" if axis.extent > axis.kernel else ""
    mend = FieldMend(help=f"padding=same keeps {_same(found)}", fields={"padding": "same"})
    return Fault(
        rule=rules.WINDOW_TOO_LARGE,
        message=f"the {kernel} {word}{dilated} does not fit its {x} input",
        field="kernel",
        label=axis.arithmetic,
        mends=(mend,) if word == "kernel" else (),
    )


def _same(found: list[Axis]) -> str:
    sizes = dims(tuple(-(-a.size // a.stride) for a in found))
    return sizes if all(a.stride == 1 for a in found) else f"a {sizes} map"


class Windows(TypedDict):
    """What an operation is told of the windows that slide, by axis."""

    strides: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]
    dilations: tuple[int, ...]


def windows(found: tuple[Axis, ...]) -> Windows:
    """The axes as the operations take them."""
    return {
        "strides": tuple(axis.stride for axis in found),
        "pads": tuple(axis.pads for axis in found),
        "dilations": tuple(axis.dilation for axis in found),
    }


def reaches(found: tuple[Axis, ...]) -> tuple[Reach, ...]:
    """What an output reads on each axis."""
    return tuple(axis.reach for axis in found)


def axis_formulas(found: tuple[Axis, ...]) -> tuple[Formula, ...]:
    """How each spatial size of the output comes about."""
    return tuple(axis.formula(name) for axis, name in zip(found, axis_names(len(found)), strict=True))


def convolving(found: tuple[Axis, ...], weights: int) -> Macs:
    """The multiply-adds of `weights` used at every position of the output."""
    return Macs(
        weights,
        positions=tuple(axis.out for axis in found),
        kernel=tuple(axis.kernel for axis in found),
        taps=tuple(axis.taps for axis in found),
    )


def unread_rows(found: tuple[Axis, ...]) -> Iterator[Fault]:
    """The warning for rows and columns at the far end that no output ever reads."""
    missed = [(axis, name) for axis, name in zip(found, axis_names(len(found)), strict=True) if axis.unread]
    if missed:
        what = " and ".join(_last(axis.unread, name) for axis, name in missed)
        yield Fault(
            rule=rules.ROWS_NEVER_READ,
            message=f"no output reads {what} of the {dims(tuple(axis.size for axis in found))} map",
            label=missed[0][0].remainder,
        )


def _last(count: int, name: str) -> str:
    return f"the last {count} {name}" if count > 1 else f"the last {name.removesuffix('s')}"


def uneven_same(padding: Padding, found: tuple[Axis, ...]) -> Iterator[Fault]:
    """The warning for `same` with an even extent, which shifts the output by half a step."""
    for axis in found:
        if padding == "same" and axis.low != axis.high:
            yield Fault(
                rule=rules.EVEN_KERNEL_SAME,
                message=f"`same` pads {axis.low} before and {axis.high} after a kernel of {axis.kernel}",
                field="kernel",
                help="an odd kernel keeps the map centred; or give the padding by side",
            )
            return
