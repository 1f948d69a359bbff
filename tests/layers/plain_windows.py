"""Windows that slide over a map and cells that divide it, written out: convolutions and pooling."""
# ruff: noqa: D103  each function is its layer's; numpy holds the numbers

import math
from collections.abc import Callable, Iterator
from itertools import count, product
from typing import Any

import numpy as np
from layers.plain_places import (
    Array,
    Place,
    Sides,
    Weights,
    explicit,
    filled,
    inside,
    layer,
    numbers,
    places,
    shifted,
)


def window_sides(f: Any, sizes: Place, kernel: Place, stride: Place, dilation: Place) -> Sides:
    """Zeros before and after each axis."""
    if f.padding == "valid":
        return explicit(0, len(sizes))
    if f.padding not in ("same", "same_tf"):
        return explicit(f.padding, len(sizes))
    found = []
    for size, taps, step, apart in zip(sizes, kernel, stride, dilation, strict=True):
        extent = apart * (taps - 1) + 1
        total = extent - 1
        if (
            f.padding == "same_tf"
        ):  # just enough for the last window, which starts at the last multiple of the step
            total = max(0, (math.ceil(size / step) - 1) * step + extent - size)
        found.append((total // 2, total - total // 2))
    return found


def windows(f: Any, sizes: Place) -> tuple[list[list[list[int]]], Sides]:
    """For each axis the rows that each window looks at, negative ones in the padding; and the padding."""
    rank = len(sizes)
    steps = [numbers(one, rank) for one in (f.kernel, f.stride, getattr(f, "dilation", 1))]
    sides = window_sides(f, sizes, *steps) if hasattr(f, "padding") else explicit(0, rank)
    found = []
    for size, taps, step, apart, (low, high) in zip(sizes, *steps, sides, strict=True):
        axis: list[list[int]] = []
        for start in count(-low, step):
            rows = [start + apart * tap for tap in range(taps)]
            over = rows[-1] >= size + high
            unseen = bool(axis) and axis[-1][-1] < size + high - 1
            if over and not (getattr(f, "ceil", False) and unseen and start < size):
                break
            axis.append(rows)
        found.append(axis)
    return found, sides


def looked_at(axes: list[list[list[int]]], at: Place) -> Iterator[tuple[Place, Place]]:
    """The taps of one window, each with the place that it looks at."""
    rows = [axis[i] for axis, i in zip(axes, at, strict=True)]
    for tap in places(map(len, rows)):
        yield tap, tuple(axis[t] for axis, t in zip(rows, tap, strict=True))


def convolve(f: Any, x: Array, filters: int, weights: Callable[[int], list[tuple[int, Array]]]) -> Array:
    """Each filter sums its windows: `weights` has its channels, and for each of them a weight for each tap."""
    batch, *sizes, _ = x.shape
    axes, _ = windows(f, tuple(sizes))
    y = np.zeros((batch, *map(len, axes), filters))
    by_filter = [weights(k) for k in range(filters)]
    for at in places(map(len, axes)):
        seen = [(tap, place) for tap, place in looked_at(axes, at) if inside(place, tuple(sizes))]
        for n, k in places((batch, filters)):
            for channel, kernel in by_filter[k]:
                y[n, *at, k] += sum(x[n, *place, channel] * kernel[tap] for tap, place in seen)
    return y


def in_groups(kernel: Array, groups: int) -> Callable[[int], list[tuple[int, Array]]]:
    """The channels of a filter's group, `channels / groups` of them, each with the filter's weights."""
    *_, per_group, filters = kernel.shape

    def weights(k: int) -> list[tuple[int, Array]]:
        group = k // (filters // groups)
        return [(group * per_group + c, kernel[..., c, k]) for c in range(per_group)]

    return weights


@layer
def conv(f: Any, p: Weights, x: Array) -> Array:
    weights = in_groups(p["kernel"], f.groups) if f.connections is None else connected(f, p, x.ndim - 2)
    return shifted(p, convolve(f, x, f.filters, weights))


def connected(f: Any, p: Weights, rank: int) -> Callable[[int], list[tuple[int, Array]]]:
    """The table of connections: tap after tap the weights of the first filter's channels, then the second's."""
    by_tap = p["kernel"].reshape(*numbers(f.kernel, rank), sum(map(len, f.connections)))

    def weights(k: int) -> list[tuple[int, Array]]:
        before = sum(map(len, f.connections[:k]))
        return [(channel, by_tap[..., before + i]) for i, channel in enumerate(f.connections[k])]

    return weights


@layer
def dwconv(f: Any, p: Weights, x: Array) -> Array:
    return shifted(p, depthwise(f, p["kernel"], x))


def depthwise(f: Any, kernel: Array, x: Array) -> Array:
    """Output c*multiplier + m reads channel c alone."""
    filters = x.shape[-1] * f.multiplier
    return convolve(f, x, filters, lambda k: [(k // f.multiplier, kernel[..., 0, k])])


@layer
def sepconv(f: Any, p: Weights, x: Array) -> Array:
    middle, mix = depthwise(f, p["depthwise_kernel"], x), p["pointwise_kernel"]
    mix = mix.reshape(mix.shape[-2:])
    sizes = (*middle.shape[:-1], f.filters)
    y = filled(sizes, lambda *at: sum(middle[*at[:-1], c] * mix[c, at[-1]] for c in range(len(mix))))
    return shifted(p, y)


@layer
def upconv(f: Any, p: Weights, x: Array) -> Array:
    batch, *sizes, channels = x.shape
    rank, kernel = len(sizes), p["kernel"]
    stride, apart = numbers(f.stride, rank), numbers(f.dilation, rank)
    extents = [d * (taps - 1) + 1 for taps, d in zip(kernel.shape[:rank], apart, strict=True)]
    cuts = stamp_cuts(f, extents, stride)
    extra = numbers(f.output_padding, rank)
    full = zip(sizes, stride, extents, cuts, extra, strict=True)
    y = np.zeros(
        (batch, *((w - 1) * s + e - low - high + more for w, s, e, (low, high), more in full), f.filters)
    )
    per_group, filters_per_group = channels // f.groups, f.filters // f.groups
    for at, tap in product(places(sizes), places(kernel.shape[:rank])):
        row = tuple(
            i * s + t * d - low for i, s, t, d, (low, _) in zip(at, stride, tap, apart, cuts, strict=True)
        )
        if inside(row, y.shape[1:-1]):
            for n, c, k in places((batch, channels, filters_per_group)):
                k_all = c // per_group * filters_per_group + k
                y[n, *row, k_all] += x[n, *at, c] * kernel[*tap, c % per_group, k_all]
    return shifted(p, y)


def stamp_cuts(f: Any, extents: list[int], stride: Place) -> Sides:
    """Rows cut before and after on each axis; fewer than none after are rows without a stamp."""
    if f.padding == "valid":
        return explicit(0, len(extents))
    if f.padding not in ("same", "same_tf"):
        return explicit(f.padding, len(extents))
    found = []
    for extent, step in zip(extents, stride, strict=True):
        smaller, larger = (extent - step) // 2, -((step - extent) // 2)
        if step > extent:
            found.append((0, extent - step))
        else:
            found.append((larger, smaller) if f.padding == "same" else (smaller, larger))
    return found


@layer
def pool(f: Any, p: Weights, x: Array) -> Array:
    batch, *sizes, channels = x.shape
    axes, _ = windows(f, tuple(sizes))

    def largest(n: int, *at: int) -> float:
        seen = (place for _, place in looked_at(axes, at[:-1]) if inside(place, tuple(sizes)))
        return max(x[n, *place, at[-1]] for place in seen)

    return filled((batch, *map(len, axes), channels), largest)


@layer
def avgpool(f: Any, p: Weights, x: Array) -> Array:
    batch, *sizes, channels = x.shape
    axes, sides = windows(f, tuple(sizes))

    def mean(n: int, *at: int) -> float:
        total, covered = 0.0, 0
        for _, place in looked_at(axes, at[:-1]):
            if inside(place, tuple(sizes)):
                total, covered = total + x[n, *place, at[-1]], covered + 1
            elif f.include_pad and all(
                i < w + high for i, w, (_, high) in zip(place, sizes, sides, strict=True)
            ):
                covered += 1
        return total / covered

    return filled((batch, *map(len, axes), channels), mean)


@layer
def subsample(f: Any, p: Weights, x: Array) -> Array:
    batch, *sizes, channels = x.shape
    axes, _ = windows(f, tuple(sizes))

    def value(n: int, *at: int) -> float:
        c = at[-1]
        total = sum(x[n, *place, c] for _, place in looked_at(axes, at[:-1]))
        return float(p["weight"][c] * total + p["bias"][c])

    return filled((batch, *map(len, axes), channels), value)


def over_map(x: Array, reduce: Callable[[list[float]], float]) -> Array:
    """Each channel's values on the whole map, as one."""
    batch, *sizes, channels = x.shape
    return filled((batch, channels), lambda n, c: reduce([x[n, *at, c] for at in places(sizes)]))


def over_cells(f: Any, x: Array, reduce: Callable[[list[float]], float]) -> Array:
    """Cell i of n covers rows floor(i*W/n) up to, not including, ceil((i + 1)*W/n)."""
    batch, *sizes, channels = x.shape
    grid = numbers(f.size, len(sizes))

    def value(n: int, *at: int) -> float:
        cells = zip(at[:-1], sizes, grid, strict=True)
        rows = [range(math.floor(i * w / m), math.ceil((i + 1) * w / m)) for i, w, m in cells]
        return reduce([x[n, *place, at[-1]] for place in product(*rows)])

    return filled((batch, *grid, channels), value)


def average(values: list[float]) -> float:
    """Their sum over their number."""
    return math.fsum(values) / len(values)
