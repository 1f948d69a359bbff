"""Merging: layers of several inputs, which join branches, residuals and skips."""

import operator
from functools import reduce
from math import prod
from typing import TYPE_CHECKING

from netspec.diagnostics import Fault, FieldMend, Refused, rules
from netspec.layers.base import Example, Layer, Shape, axis_names, layer
from netspec.layers.facets import SAME_POSITION, Formula, Keeps, Reach

if TYPE_CHECKING:
    from netspec.ops.run import Array, Run, Weights


@layer("concat")
class Concat(Layer):
    """Put the channels of all inputs behind one another; their spatial sizes agree.

    With `crop`, larger maps are first cut to the smallest, floor((W - w)/2) rows before and the rest after.

    Source: Szegedy et al. 2015, Going deeper with convolutions, arXiv:1409.4842, section 4; cropped:
    Ronneberger et al. 2015, U-Net, arXiv:1505.04597, section 2.
    """

    crop: bool = False
    """Cut larger maps to the centre of the smallest."""

    keeps = Keeps("join")
    merges = True
    without_macs = True
    elsewhere = ("concatenate", "cat", "join", "depthconcat", "filter_concat", "route")
    examples = (
        Example("concat", "28x28x64 and 28x28x128 and 28x28x32", "28x28x224"),
        Example("concat(crop=true)", "56x56x512 and 64x64x512", "56x56x1024"),
        Example("concat", "54x100 and 54x50", "54x150"),
        Example("concat", "100 and 28", "128"),
        Example("concat", "4x8x8x2 and 4x8x8x1", "4x8x8x3"),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> Shape:
        first = _refuse_tokens(self.name, inputs)
        for other in inputs[1:]:
            if other.rank != first.rank or (other.spatial != first.spatial and not self.crop):
                raise _disagree(self.name, first, other, mends=_crop(inputs))
        spatial = map(min, *(x.spatial for x in inputs)) if len(inputs) > 1 else first.spatial
        return Shape((*spatial, sum(x.channels for x in inputs)))

    def reach(self, inputs: tuple[Shape, ...]) -> tuple[tuple[Reach, ...], ...]:
        out = self.infer(inputs).spatial
        before = [[(size - w) // 2 for size, w in zip(x.spatial, out, strict=True)] for x in inputs]
        return tuple(tuple(Reach(1, 1, low, low) for low in lows) for lows in before)

    def size_formulas(self, inputs: tuple[Shape, ...]) -> tuple[Formula, ...]:
        channels = [x.channels for x in inputs]
        return (Formula("channels", "sum of C", " + ".join(map(str, channels)), sum(channels)),)

    def forward(self, run: "Run", p: "Weights", *inputs: "Array") -> "Array":
        import jax.numpy as jnp

        out = [min(sizes) for sizes in zip(*(x.shape[1:-1] for x in inputs), strict=True)]
        return jnp.concatenate([_centre(x, out) for x in inputs], -1)


@layer("add")
class Add(Layer):
    """The sum of all inputs, value by value; their shapes are equal.

    Source: He et al. 2016, Deep Residual Learning for Image Recognition, arXiv:1512.03385, equation 1.
    """

    keeps = Keeps("sum")
    merges = True
    without_macs = True
    pointwise = True
    elsewhere = ("sum", "plus", "eltwise", "skip_add")
    examples = (
        Example("add", "56x56x64 and 56x56x64", "56x56x64"),
        Example("add", "128 and 128 and 128", "128"),
        Example("add", "54x100 and 54x100", "54x100"),
        Example("add", "4x8x8x2 and 4x8x8x2", "4x8x8x2"),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> Shape:
        first = _refuse_tokens(self.name, inputs)
        for other in inputs[1:]:
            if other != first:
                raise _disagree(self.name, first, other)
        return first

    def forward(self, run: "Run", p: "Weights", *inputs: "Array") -> "Array":
        return reduce(operator.add, inputs)


@layer("multiply")
class Multiply(Layer):
    """The product of all inputs, value by value; 1x1 maps and vectors count for every position.

    Shapes are equal, or an input has one value a channel (`gap -> fc -> sigmoid`), which gates that channel.

    Source: Hu et al. 2018, Squeeze-and-Excitation Networks, arXiv:1709.01507, section 3.
    """

    keeps = Keeps("gate")
    merges = True
    without_macs = True
    elsewhere = ("mul", "times", "product", "gate", "squeeze_excite")
    examples = (
        Example("multiply", "56x56x64 and 56x56x64", "56x56x64"),
        Example("multiply", "56x56x64 and 64", "56x56x64"),
        Example("multiply", "1x1x64 and 56x56x64", "56x56x64"),
        Example("multiply", "100x8 and 8", "100x8"),
        Example("multiply", "4x8x8x2 and 1x1x1x2", "4x8x8x2"),
    )

    def infer(self, inputs: tuple[Shape, ...]) -> Shape:
        _refuse_tokens(self.name, inputs)
        full = max(inputs, key=_fullness)
        for other in inputs:
            if other != full and not (_gates(other, full) and other.channels == full.channels):
                raise _disagree(self.name, full, other)
        return full

    def reach(self, inputs: tuple[Shape, ...]) -> tuple[tuple[Reach, ...], ...]:
        """A gate's one position counts for every output."""
        full = self.infer(inputs)
        one = Reach(0, 1, 0, 0)
        return tuple((SAME_POSITION if x == full else one,) * x.rank for x in inputs)

    def forward(self, run: "Run", p: "Weights", *inputs: "Array") -> "Array":
        rank = max(x.ndim for x in inputs)
        aligned = (
            x if x.ndim == rank else x.reshape(x.shape[0], *(1,) * (rank - 2), x.shape[-1]) for x in inputs
        )
        return reduce(operator.mul, aligned)


def _fullness(x: Shape) -> tuple[bool, int]:
    """Sorts whole maps behind 1x1 maps behind vectors; of equals `max` takes the first."""
    return prod(x.spatial) > 1, x.rank


def _refuse_tokens(name: str, inputs: tuple[Shape, ...]) -> Shape:
    """The first input, after all are known to hold numbers."""
    for x in inputs:
        if x.tokens is not None:
            raise Refused(
                Fault(
                    rule=rules.TOKENS_WHERE_NUMBERS,
                    message=f"{name} computes with numbers, and one of its inputs is {x}",
                    help="put embed-WIDTH before it, which turns token ids into vectors",
                )
            )
    return inputs[0]


def _disagree(name: str, a: Shape, b: Shape, *, mends: tuple[FieldMend, ...] = ()) -> Refused:
    found = _differences(name, a, b)
    return Refused(
        Fault(
            rule=rules.SHAPES_DISAGREE,
            message=f"{name} cannot merge {a} and {b}: "
            + (
                ", ".join(f"{m} against {n} {what}" for m, n, what in found)
                or f"{_kind(a)} against {_kind(b)}"
            ),
            label=f"{found[0][0]} != {found[0][1]}" if found else "",
            mends=mends,
        )
    )


def _differences(name: str, a: Shape, b: Shape) -> list[tuple[int, int, str]]:
    """The dimensions that ought to agree and do not, with their names; none where the ranks differ."""
    channels = [] if name == "concat" or a.channels == b.channels else [(a.channels, b.channels, "channels")]
    if name == "multiply" and _gates(b, a):
        return channels
    if a.rank != b.rank:
        return []
    pairs = zip(a.spatial, b.spatial, axis_names(a.rank), strict=True)
    return [(m, n, what) for m, n, what in pairs if m != n] + channels


def _gates(gate: Shape, x: Shape) -> bool:
    """Whether it has one value a channel, for a map like `x`."""
    return gate.rank in (0, x.rank) and prod(gate.spatial) == 1


def _kind(x: Shape) -> str:
    return f"a {x.rank}-D map" if x.rank else "a vector"


def _crop(inputs: tuple[Shape, ...]) -> tuple[FieldMend, ...]:
    """Offer to crop where maps differ a little, as unpadded convolutions leave them, not by a whole pool."""
    if len({x.rank for x in inputs}) > 1:
        return ()
    if any(max(sizes) >= 2 * min(sizes) for sizes in zip(*(x.spatial for x in inputs), strict=True)):
        return ()
    return (
        FieldMend(help="crop=true crops the larger to the centre of the smaller", fields={"crop": "true"}),
    )


def _centre(x: "Array", sizes: list[int]) -> "Array":
    """The middle of a map, floor((W - w)/2) rows in."""
    lows = ((size - w) // 2 for size, w in zip(x.shape[1:-1], sizes, strict=True))
    return x[(slice(None), *(slice(low, low + w) for low, w in zip(lows, sizes, strict=True)))]
