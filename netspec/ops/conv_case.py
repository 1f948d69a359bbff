"""What a convolution's forms share: the case they are chosen by, and how its maps are padded and cut."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import jax.numpy as jnp
from jax import lax

from netspec.ops.run import Array

Pads = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ConvCase:
    """The static facts of a convolution. `x` and `kernel` are shapes, `x` with the batch, which may be symbolic."""

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
    def batch(self) -> int:
        """Examples in `x`."""
        return self.x[0]

    @property
    def sized(self) -> bool:
        """Whether the batch is a number, not a symbol of `jax.export`."""
        return isinstance(self.x[0], int)

    @property
    def size(self) -> tuple[int, ...]:
        """Positions of the input on each axis."""
        return self.x[1:-1]

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
        axes = zip(self.size, self.pads, self.extents, self.strides, strict=True)
        return tuple((size + low + high - extent) // stride + 1 for size, (low, high), extent, stride in axes)

    @property
    def padded(self) -> bool:
        """Whether any side is padded, or cropped by a negative pad."""
        return any(map(any, self.pads))

    @property
    def pointwise(self) -> bool:
        """A kernel of one tap, nothing padded: a matrix product at every (strided) position."""
        return prod(self.taps) == 1 and not self.padded

    @property
    def depthwise(self) -> bool:
        """Every channel is a group of its own."""
        return self.groups == self.channels > 1

    @property
    def fast(self) -> bool:
        """Where most rules were measured: float32 on a CPU."""
        return self.backend == "cpu" and self.dtype == "float32"

    @property
    def cpu(self) -> bool:
        """Where the reference is so slow on a CPU that its form does not depend on the type."""
        return self.backend == "cpu"

    def positions(self) -> Iterator[tuple[int, ...]]:
        """The kernel's taps by their indices, the last axis fastest."""
        return product(*map(range, self.taps))


def pad(x: Array, pads: Sequence[tuple[int, int]]) -> Array:
    """Zeros around a map, or a crop where a pad is negative, kept apart from what reads it.

    Fused into its readers, the test for the border would be made once per tap.
    """
    if not any(map(any, pads)):
        return x
    zero = jnp.zeros((), x.dtype)
    return lax.optimization_barrier(lax.pad(x, zero, ((0, 0, 0), *((*p, 0) for p in pads), (0, 0, 0))))


def window(x: Array, starts: Sequence[int], out: Sequence[int], strides: Sequence[int]) -> Array:
    """`out` positions of a map, from `starts` on, `strides` apart."""
    cuts = (slice(a, a + (n - 1) * s + 1, s) for a, n, s in zip(starts, out, strides, strict=True))
    return x[(slice(None), *cuts)]
