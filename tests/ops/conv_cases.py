"""Random convolutions for the tests of their forms."""

import numpy as np

from netspec.ops.conv_case import ConvCase


def random_case(rng: np.random.Generator, kind: str, dtype: str = "float64") -> ConvCase:
    """A convolution of rank 1 to 3 of a kind: `dense`, `three` taps, `pointwise`, `depthwise`, `grouped`."""
    rank = int(rng.integers(1, 4))
    pointwise = kind == "pointwise"

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(int(n) for n in rng.integers(low, high, rank))

    taps = (1,) * rank if pointwise else each(1, 5)
    strides, dilations = each(1, 4), each(1, 3)
    if kind == "three":
        taps, strides, dilations = (3,) * rank, (1,) * rank, (1,) * rank
    pads = tuple((0, 0) if pointwise else (int(a), int(b)) for a, b in rng.integers(-1, 4, (rank, 2)))
    extents = [d * (k - 1) + 1 for k, d in zip(taps, dilations, strict=True)]
    sizes = tuple(
        max(2, extent - low - high) + int(rng.integers(0, 7))
        for extent, (low, high) in zip(extents, pads, strict=True)
    )
    channels, groups, filters = _features(rng, kind)
    return ConvCase(
        (int(rng.integers(1, 4)), *sizes, channels),
        (*taps, channels // groups, filters),
        strides,
        pads,
        dilations,
        groups,
        dtype,
        "cpu",
    )


def _features(rng: np.random.Generator, kind: str) -> tuple[int, int, int]:
    """Channels, groups, filters."""
    channels, filters = int(rng.integers(1, 7)), int(rng.integers(1, 7))
    if kind == "depthwise":
        channels += 1
        return channels, channels, channels * int(rng.integers(1, 4))
    if kind == "grouped":
        groups = int(rng.integers(2, 9))
        return channels * groups, groups, filters * groups
    return channels, 1, filters
