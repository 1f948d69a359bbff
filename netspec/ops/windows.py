"""Windows that slide over the spatial axes of `[batch, *positions, channels]`."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import prod

import jax
import jax.numpy as jnp
from jax import lax

Array = jax.Array
Pads = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class WindowCase:
    """The static facts of a pooling. `x` is the input's shape with the batch; `pads` are explicit."""

    x: tuple[int, ...]
    window: tuple[int, ...]
    strides: tuple[int, ...]
    pads: Pads
    dilations: tuple[int, ...]
    dtype: str
    backend: str

    @property
    def out(self) -> tuple[int, ...]:
        """Positions of the output on each axis."""
        return tuple(line.out for line in self.lines)

    @property
    def count(self) -> int:
        """Values in a window."""
        return prod(self.window)

    @property
    def concrete(self) -> bool:
        """All sizes are numbers; an exported function's batch may be a symbol."""
        return all(isinstance(size, int) for size in self.x)

    @property
    def tiled(self) -> bool:
        """The windows stand side by side without padding; values past the last one are not read."""
        return self.window == self.strides and not any(map(any, self.pads)) and max(self.dilations) == 1

    @property
    def lines(self) -> "tuple[Line, ...]":
        """The windows along each axis by itself."""
        axes = zip(self.x[1:-1], self.window, self.strides, self.pads, self.dilations, strict=True)
        return tuple(Line(*axis) for axis in axes)

    def taps(self) -> Iterator[tuple[int, ...]]:
        """Positions of the window's values within it, row by row."""
        return product(*(range(k) for k in self.window))

    def slice(self, padded: Array, tap: tuple[int, ...]) -> Array:
        """The values that stand at `tap` in the windows, one an output position."""
        starts = [t * d for t, d in zip(tap, self.dilations, strict=True)]
        ends = [a + s * (n - 1) + 1 for a, s, n in zip(starts, self.strides, self.out, strict=True)]
        batch, channels = padded.shape[0], padded.shape[-1]
        return lax.slice(padded, (0, *starts, 0), (batch, *ends, channels), (1, *self.strides, 1))


@dataclass(frozen=True)
class Line:
    """Windows along one axis, which is the middle one of `[before, size, after]`."""

    size: int
    window: int
    stride: int
    pads: tuple[int, int]
    dilation: int

    @property
    def out(self) -> int:
        """Positions of the output."""
        return (self.size + sum(self.pads) - self.dilation * (self.window - 1) - 1) // self.stride + 1

    @property
    def reach(self) -> int:
        """From the first window's place to the last one's, both included."""
        return self.stride * (self.out - 1) + 1

    def values(self, x: Array, padding: float) -> list[Array]:
        """The values that the windows see at each tap."""
        padded = lax.pad(x, jnp.array(padding, x.dtype), [(0, 0, 0), (*self.pads, 0), (0, 0, 0)])
        starts = (tap * self.dilation for tap in range(self.window))
        return [lax.slice_in_dim(padded, start, start + self.reach, self.stride, 1) for start in starts]

    def largest(self, x: Array) -> Array:
        """The largest value of each window."""
        return reduce(jnp.maximum, self.values(x, -jnp.inf))

    def back(self, values: Array, tap: int) -> Array:
        """One value a window, put where the window sees `tap`, among zeros."""
        start = tap * self.dilation - self.pads[0]
        places = (start, self.size - start - self.reach, self.stride - 1)
        return lax.pad(values, jnp.zeros((), values.dtype), [(0, 0, 0), places, (0, 0, 0)])


def fold(x: Array, axis: int) -> Array:
    """`[before, size, after]` around a spatial axis, counted from 0."""
    shape = x.shape
    return x.reshape(prod(shape[: axis + 1]), shape[axis + 1], prod(shape[axis + 2 :]))


def unfold(folded: Array, axis: int, shape: tuple[int, ...]) -> Array:
    """Back to the axes of `shape`, with the folded array's size on the axis."""
    return folded.reshape(*shape[: axis + 1], folded.shape[1], *shape[axis + 2 :])
