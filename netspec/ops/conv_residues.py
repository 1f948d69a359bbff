"""The input's gradient by residue classes of the stride, in place of zeros put between the output's rows.

With stride `s`, input position `q * s + a` meets only the taps `i` with `(a + low - i * dilation) % s == 0`, and those at
output position `q + (a + low - i * dilation) // s`. So every class `a` is a convolution of its own, without a stride.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import jax.numpy as jnp

from netspec.ops.conv_case import ConvCase, pad
from netspec.ops.run import Array


@dataclass(frozen=True)
class Class:
    """The input positions that leave the same residue on every axis."""

    taps: tuple[tuple[int, ...], ...]
    """Indices of the kernel's taps that meet them, axis by axis."""
    offsets: tuple[tuple[int, ...], ...]
    """Where each of them finds its output position, relative to the class's own position."""

    def meetings(self) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Every tap with its offset."""
        return zip(product(*self.taps), product(*self.offsets), strict=True)


def classes(case: ConvCase) -> list[Class]:
    """All classes, the last axis's residue fastest."""
    axes = [[_taps(case, axis, a) for a in range(stride)] for axis, stride in enumerate(case.strides)]
    return [Class(tuple(t for t, _ in one), tuple(o for _, o in one)) for one in product(*axes)]


def _taps(case: ConvCase, axis: int, residue: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    stride, reach = case.strides[axis], residue + case.pads[axis][0]
    steps = [(i, reach - i * case.dilations[axis]) for i in range(case.taps[axis])]
    met = [(i, step // stride) for i, step in steps if step % stride == 0]
    return tuple(i for i, _ in met), tuple(offset for _, offset in met)


def size(case: ConvCase) -> tuple[int, ...]:
    """Positions of a class on each axis."""
    return tuple(-(-n // s) for n, s in zip(case.size, case.strides, strict=True))


def bordered(g: Array, case: ConvCase) -> tuple[Array, tuple[int, ...]]:
    """The output's gradient with zeros wherever a class reaches beyond it, and where position 0 went."""
    every = [[o for one in classes(case) for o in one.offsets[axis]] or [0] for axis in range(case.rank)]
    low = [max(0, -min(offsets)) for offsets in every]
    ends = zip(every, size(case), case.out, strict=True)
    high = [max(0, max(offsets) + n - out) for offsets, n, out in ends]
    return pad(g, list(zip(low, high, strict=True))), tuple(low)


def interleave(parts: list[Array], strides: Sequence[int], size: Sequence[int]) -> Array:
    """One map of `size` positions from the maps of its residue classes, the last axis's residue fastest."""
    for axis in reversed(range(len(strides))):
        groups = (parts[i : i + strides[axis]] for i in range(0, len(parts), strides[axis]))
        parts = [_zip(group, 1 + axis) for group in groups]
    return parts[0][(slice(None), *(slice(0, n) for n in size))]


def _zip(parts: list[Array], axis: int) -> Array:
    shape = list(parts[0].shape)
    shape[axis] *= len(parts)
    return parts[0] if len(parts) == 1 else jnp.stack(parts, axis + 1).reshape(shape)
