"""What layers say of their work beyond shapes: multiply-adds, what each output reads, and worked formulas."""

from dataclasses import dataclass
from math import gcd, prod
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Macs:
    """Multiply-adds of one example: each of `weights` is used once at each of `positions`.

    One multiply-add is one MAC. Taps on padding count, as papers count them: 3x3 on 224x224 has 224*224
    positions. `taps` has, for each axis, the pairs of tap and position that lie inside the map, out of
    `kernel` times positions; what lies outside multiplies zeros, and XLA leaves it out of its count.

    Source: Howard et al. 2017, arXiv:1704.04861, section 3.1, equation 2 (kernel * kernel * channels *
    filters * positions); a transposed convolution has a position for each input, Dumoulin and Visin 2016,
    arXiv:1603.07285, section 4.
    """

    weights: int
    positions: tuple[int, ...] = ()
    kernel: tuple[int, ...] = ()
    taps: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """Multiply-adds, taps on padding counted."""
        return self.weights * prod(self.positions)

    @property
    def in_bounds(self) -> int:
        """Multiply-adds of taps inside the map."""
        return self.per_tap * prod(self.taps)

    @property
    def per_tap(self) -> int:
        """Weights of one tap of the kernel: channels times filters."""
        return self.weights // prod(self.kernel)


@dataclass(frozen=True, slots=True)
class Reach:
    """What output i reads on one axis: positions floor((step*i + first)/per) to floor((step*i + last)/per).

    A convolution has step = stride, first = -padding and last = first + extent - 1; what enlarges a map has
    per > 1. The taps of a dilated kernel lie `every` apart, and between them nothing is read. Positions outside
    the map lie in the padding.
    """

    step: int = 1
    per: int = 1
    first: int = 0
    last: int = 0
    every: int = 1

    def read(self, i: int) -> range:
        """The positions that output i reads, none between the stamps of a transposed convolution.

        They are n/per for each n that `per` divides, from step*i + first - per + 1 to step*i + last, `every`
        apart. The first such n follows from the inverse of `every` modulo `per`.
        """
        taps = range(self.step * i + self.first - self.per + 1, self.step * i + self.last + 1, self.every)
        common = gcd(self.every, self.per)
        if taps.start % common:
            return range(0)
        turn = self.per // common
        whole = taps[-taps.start // common * pow(self.every // common, -1, turn) % turn :: turn]
        if not whole:
            return range(0)
        return range(whole[0] // self.per, whole[-1] // self.per + 1, self.every // common)


SAME_POSITION: Final = Reach()
"""Output i reads input i and nothing else."""


Form = Literal[
    "view",  # the same numbers under another shape
    "pointwise",  # each number by itself
    "factor",  # a trained factor a channel
    "product",  # weights slid over a map
    "stamped product",  # weights stamped into a map: a transposed convolution
    "matrix",  # every output from every input
    "lookup",  # rows of a table
    "largest of windows",
    "sum of windows",
    "mean",
    "largest",
    "batch norm",  # mean and variance over the batch, or over the positions of each example
    "position norm",  # mean and variance over the channels of each position
    "neighbours",  # a sum over neighbouring channels, and a power of it
    "softmax",
    "dropout",
    "drop path",
    "sum",
    "gate",
    "join",
    "part",  # numbers read from other places, or zeros
    "shuffle",  # numbers moved to other places
    "unknown",  # the layer does not say
]


@dataclass(frozen=True, slots=True)
class Keeps:
    """How a layer computes, and so what a training step stores for it.

    For a pointwise layer `inner` counts results of exp, tanh or erf on the way: too dear to compute twice, they are
    kept for the backward pass. `reads_input` tells whether the backward pass reads the input beside them, and
    `scaled` whether its last step multiplies by a constant.
    """

    form: Form
    inner: int = 0
    reads_input: bool = True
    scaled: bool = False


@dataclass(frozen=True, slots=True)
class Formula:
    """A number with the arithmetic that gives it: in symbols, and with the numbers put in.

    `numbers` is an expression of + - * / and floor, ceil, min, max that evaluates to `value`.
    """

    name: str
    symbols: str
    numbers: str
    value: int


def product(factors: tuple[int, ...]) -> str:
    """The factors as a formula has them: `(224*224)`, or a single one bare."""
    if len(factors) == 1:
        return str(factors[0])
    return f"({'*'.join(map(str, factors))})" if factors else "1"


def taps_inside(*, size: int, out: int, kernel: int, stride: int, low: int, dilation: int) -> int:
    """Pairs (position i, tap t) on one axis whose i*stride - low + t*dilation lies from 0 to size - 1.

    In closed form, for axes of any length: for tap t the positions run from ceil((low - t*dilation)/stride)
    to floor((size - 1 + low - t*dilation)/stride), within 0 to out - 1.
    """
    end, reach = size - 1 + low, (out - 1) * stride
    first, last = max(0, -((reach - low) // dilation)), min(kernel - 1, end // dilation)
    if last < first:
        return 0
    # Up to tap `full` the last position counts; before tap `open_` the first positions are missing.
    full = min(last, (end - reach) // dilation)
    highest = max(0, full - first + 1) * (out - 1)
    highest += _falling(max(first, full + 1), last, end, dilation, stride)
    open_ = min(last, (low - 1) // dilation)
    missing = _falling(first, open_, low + stride - 1, dilation, stride)
    return highest - missing + (last - first + 1)


def _falling(start: int, stop: int, top: int, step: int, by: int) -> int:
    """The sum over t from start to stop of floor((top - t*step)/by)."""
    return sum_floor(stop - start + 1, by, step, top - stop * step) if stop >= start else 0


def sum_floor(count: int, by: int, step: int, start: int) -> int:
    """The sum of floor((step*i + start)/by) for i from 0 to count - 1, in logarithmic time; start >= 0.

    Source: Graham, Knuth and Patashnik 1994, Concrete Mathematics, section 3.5 (sums of floors).
    """
    total = 0
    while count > 0:
        total += count * (count - 1) // 2 * (step // by) + count * (start // by)
        step, start = step % by, start % by
        top = step * count + start
        if top < by:
            break
        count, start, step, by = top // by, top % by, by, step
    return total
