"""Windows that slide over the spatial axes of `[batch, *positions, channels]`."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

import jax
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
    def extents(self) -> tuple[int, ...]:
        """How far the dilated window reaches on each axis."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.window, self.dilations, strict=True))

    @property
    def padded(self) -> tuple[int, ...]:
        """Positions of the padded input on each axis."""
        return tuple(size + low + high for size, (low, high) in zip(self.x[1:-1], self.pads, strict=True))

    @property
    def out(self) -> tuple[int, ...]:
        """Positions of the output on each axis."""
        axes = zip(self.padded, self.extents, self.strides, strict=True)
        return tuple((size - extent) // stride + 1 for size, extent, stride in axes)

    @property
    def count(self) -> int:
        """Values in a window."""
        return prod(self.window)

    @property
    def concrete(self) -> bool:
        """All sizes are numbers; an exported function's batch may be a symbol."""
        return all(isinstance(size, int) for size in self.x)

    def taps(self) -> Iterator[tuple[int, ...]]:
        """Positions of the window's values within it, row by row."""
        return product(*(range(k) for k in self.window))

    def slice(self, padded: Array, tap: tuple[int, ...]) -> Array:
        """The values that stand at `tap` in the windows, one an output position."""
        starts = [t * d for t, d in zip(tap, self.dilations, strict=True)]
        ends = [a + s * (n - 1) + 1 for a, s, n in zip(starts, self.strides, self.out, strict=True)]
        batch, channels = padded.shape[0], padded.shape[-1]
        return lax.slice(padded, (0, *starts, 0), (batch, *ends, channels), (1, *self.strides, 1))
