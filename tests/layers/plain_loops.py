"""Every layer written out as loops over single numbers, in float64: to be read and believed.

Each function takes the layer's fields, its parameters by name and its inputs, with the batch first and the channels
last. Padding, windows and formulas are those of `docs/layers.md`. Nothing here knows netspec or jax.
"""
# ruff: noqa: ARG005, D103  all functions take the same; each is its layer's; numpy holds the numbers

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from layers.plain_places import (
    LAYERS,
    Array,
    Place,
    Weights,
    each,
    explicit,
    filled,
    inside,
    layer,
    numbers,
    places,
    shifted,
)
from layers.plain_windows import average, over_cells, over_map

LOOPS: Final = LAYERS
"""The function of every layer at inference, by the layer's name."""


def by_group(x: Array, group: Callable[..., Any]) -> dict[Any, list[float]]:
    """The values of each group of places."""
    found: dict[Any, list[float]] = {}
    for place in places(x.shape):
        found.setdefault(group(*place), []).append(float(x[place]))
    return found


def moments(values: list[float]) -> tuple[float, float]:
    """Mean and variance, divided by the number of values."""
    mean = average(values)
    return mean, average([(value - mean) ** 2 for value in values])


def standardized(f: Any, p: Weights, x: Array, group: Callable[..., Any]) -> Array:
    """Less the mean and over the deviation of its group, times scale plus offset of its channel."""
    found = {key: moments(values) for key, values in by_group(x, group).items()}
    return filled(x.shape, lambda *at: normal(f, p, x[at], *found[group(*at)], at[-1]))


def normal(f: Any, p: Weights, value: float, mean: float, variance: float, c: int) -> float:
    """scale[c] * (value - mean) / sqrt(variance + eps) + offset[c]."""
    y = (value - mean) / math.sqrt(variance + f.eps)
    return float(p["scale"][c] if "scale" in p else 1) * y + float(p["offset"][c] if "offset" in p else 0)


@layer
def bn(f: Any, p: Weights, x: Array) -> Array:
    return filled(x.shape, lambda *at: normal(f, p, x[at], p["mean"][at[-1]], p["variance"][at[-1]], at[-1]))


def bn_training(f: Any, p: Weights, x: Array) -> tuple[Array, Weights]:
    """Batch norm by the batch's own mean and variance, and the new running ones."""
    found = {c: moments(values) for c, values in by_group(x, lambda *at: at[-1]).items()}
    channels = range(x.shape[-1])
    new = {
        name: np.array([f.momentum * p[name][c] + (1 - f.momentum) * found[c][i] for c in channels])
        for i, name in enumerate(("mean", "variance"))
    }
    return standardized(f, p, x, lambda *at: at[-1]), new


@layer
def softmax(f: Any, p: Weights, x: Array) -> Array:
    group: Callable[..., Any] = {
        "channels": lambda *at: at[:-1],
        "positions": lambda *at: (at[0], at[-1]),
        "all": lambda *at: at[0],
    }[f.over]
    sums = {key: math.fsum(map(math.exp, values)) for key, values in by_group(x, group).items()}
    return filled(x.shape, lambda *at: math.exp(x[at]) / sums[group(*at)])


@layer
def lrn(f: Any, p: Weights, x: Array) -> Array:
    channels = x.shape[-1]

    def value(*at: int) -> float:
        *where, c = at
        seen = range(max(0, c - f.size // 2), min(channels, c + (f.size - 1) // 2 + 1))
        return float(x[at] / (f.k + f.alpha * sum(x[*where, j] ** 2 for j in seen)) ** f.beta)

    return filled(x.shape, value)


# Merging


@layer
def concat(f: Any, p: Weights, *xs: Array) -> Array:
    batch, rank = len(xs[0]), xs[0].ndim - 2
    sizes = [min(x.shape[1 + axis] for x in xs) for axis in range(rank)]
    y = np.empty((batch, *sizes, sum(x.shape[-1] for x in xs)))
    first = 0
    for x in xs:
        lows = [(x.shape[1 + axis] - sizes[axis]) // 2 for axis in range(rank)]
        for n, *at, c in places((batch, *sizes, x.shape[-1])):
            y[n, *at, first + c] = x[n, *(i + low for i, low in zip(at, lows, strict=True)), c]
        first += x.shape[-1]
    return y


@layer
def add(f: Any, p: Weights, *xs: Array) -> Array:
    return filled(xs[0].shape, lambda *at: math.fsum(x[at] for x in xs))


@layer
def multiply(f: Any, p: Weights, *xs: Array) -> Array:
    rank = max(x.ndim for x in xs)
    sizes = [max(x.shape[axis] for x in xs if x.ndim == rank) for axis in range(rank)]

    def factor(x: Array, n: int, *at: int) -> float:
        *where, c = at
        here = [0 if size == 1 else i for i, size in zip(where, x.shape[1:-1], strict=False)]
        return float(x[n, *here, c])

    return filled(sizes, lambda *at: math.prod(factor(x, *at) for x in xs))


# Moving values


@layer
def pad(f: Any, p: Weights, x: Array) -> Array:
    batch, *sizes, channels = x.shape
    sides = explicit(f.by, len(sizes))

    def mirrored(i: int, size: int) -> int:
        return -i if i < 0 else 2 * (size - 1) - i if i >= size else i

    def value(n: int, *at: int) -> float:
        where = tuple(i - low for i, (low, _) in zip(at[:-1], sides, strict=True))
        if f.mode == "constant" and not inside(where, tuple(sizes)):
            return float(f.value)
        if f.mode == "reflect":
            where = tuple(map(mirrored, where, sizes))
        return float(x[n, *(min(max(0, i), size - 1) for i, size in zip(where, sizes, strict=True)), at[-1]])

    grown = (size + low + high for size, (low, high) in zip(sizes, sides, strict=True))
    return filled((batch, *grown, channels), value)


@layer
def crop(f: Any, p: Weights, x: Array) -> Array:
    batch, *sizes, channels = x.shape
    sides = explicit(f.by, len(sizes))
    left = (size - low - high for size, (low, high) in zip(sizes, sides, strict=True))

    def value(n: int, *at: int) -> float:
        return float(x[n, *(i + low for i, (low, _) in zip(at[:-1], sides, strict=True)), at[-1]])

    return filled((batch, *left, channels), value)


@layer
def pixel_shuffle(f: Any, p: Weights, x: Array) -> Array:
    batch, *sizes, channels = x.shape
    factors = numbers(f.factor, len(sizes))
    y = np.empty(
        (batch, *(w * r for w, r in zip(sizes, factors, strict=True)), channels // math.prod(factors))
    )
    for n, *at, c in places(y.shape):
        block = 0
        for i, r in zip(at, factors, strict=True):
            block = block * r + i % r
        y[n, *at, c] = x[n, *(i // r for i, r in zip(at, factors, strict=True)), block * y.shape[-1] + c]
    return y


@layer
def channel_shuffle(f: Any, p: Weights, x: Array) -> Array:
    y, each_group = np.empty(x.shape), x.shape[-1] // f.groups
    for *where, g, j in places((*x.shape[:-1], f.groups, each_group)):
        y[*where, j * f.groups + g] = x[*where, g * each_group + j]
    return y


@layer
def upsample(f: Any, p: Weights, x: Array) -> Array:
    for axis, factor in enumerate(numbers(f.factor, x.ndim - 2), 1):
        x = enlarged(x, axis, factor, linear=f.method == "linear")
    return x


def enlarged(x: Array, axis: int, factor: int, *, linear: bool) -> Array:
    """One axis made longer. Before the first position and after the last there is that position alone."""
    last = x.shape[axis] - 1
    rows = []
    for i in range(x.shape[axis] * factor):
        if not linear:
            rows.append(x.take(i // factor, axis))
            continue
        at = min(max(0.0, (i + 0.5) / factor - 0.5), last)
        low = math.floor(at)
        rows.append((1 - (at - low)) * x.take(low, axis) + (at - low) * x.take(min(low + 1, last), axis))
    return np.stack(rows, axis)


def in_order(x: Array, sizes: Place) -> Array:
    """The same values, the last index the fastest, under other sizes."""
    y = np.empty((len(x), *sizes))
    for n in range(len(x)):
        for old, new in zip(places(x.shape[1:]), places(sizes), strict=True):
            y[n, *new] = x[n, *old]
    return y


@layer
def fc(f: Any, p: Weights, x: Array) -> Array:
    rows, kernel = in_order(x, (math.prod(x.shape[1:]),)), p["kernel"]
    y = filled(
        (len(x), f.units), lambda n, k: math.fsum(rows[n, i] * kernel[i, k] for i in range(len(kernel)))
    )
    return shifted(p, y)


@layer
def rbf(f: Any, p: Weights, x: Array) -> Array:
    rows, own = in_order(x, (math.prod(x.shape[1:]),)), p["prototypes"]
    return filled(
        (len(x), f.units), lambda n, k: math.fsum((rows[n, i] - own[i, k]) ** 2 for i in range(len(own)))
    )


def sigmoid(v: float) -> float:
    """1 / (1 + e^-v)."""
    return 1 / (1 + math.exp(-v))


def hard_sigmoid(v: float) -> float:
    """A ramp from -3 to 3."""
    return min(max(0.0, v + 3), 6) / 6


def gelu(v: float, *, approximate: bool) -> float:
    """`v` times the probability that a standard normal is below it."""
    if approximate:
        return v / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3)))
    return v / 2 * (1 + math.erf(v / math.sqrt(2)))


def prelu(p: Weights, x: Array) -> Array:
    """The slope of each channel, or the one of all."""
    slope = p["slope"]
    return filled(x.shape, lambda *at: x[at] if x[at] > 0 else x[at] * slope[at[-1] if len(slope) > 1 else 0])


LAYERS |= {
    "relu": lambda f, p, x: each(x, lambda v: max(0.0, v)),
    "leaky_relu": lambda f, p, x: each(x, lambda v: v if v > 0 else f.slope * v),
    "prelu": lambda f, p, x: prelu(p, x),
    "relu6": lambda f, p, x: each(x, lambda v: min(max(0.0, v), 6.0)),
    "elu": lambda f, p, x: each(x, lambda v: v if v > 0 else f.alpha * (math.exp(v) - 1)),
    "sigmoid": lambda f, p, x: each(x, sigmoid),
    "hard_sigmoid": lambda f, p, x: each(x, hard_sigmoid),
    "tanh": lambda f, p, x: each(x, lambda v: f.amplitude * math.tanh(f.slope * v)),
    "gelu": lambda f, p, x: each(x, lambda v: gelu(v, approximate=f.approximate)),
    "silu": lambda f, p, x: each(x, lambda v: v * sigmoid(v)),
    "hard_swish": lambda f, p, x: each(x, lambda v: v * hard_sigmoid(v)),
    "maxout": lambda f, p, x: filled(
        (*x.shape[:-1], x.shape[-1] // f.pieces),
        lambda *at: max(x[*at[:-1], at[-1] * f.pieces + j] for j in range(f.pieces)),
    ),
    "identity": lambda f, p, x: x,
    "dropout": lambda f, p, x: x,
    "drop_path": lambda f, p, x: x,
    "scale": lambda f, p, x: filled(x.shape, lambda *at: p["factor"][at[-1]] * x[at]),
    "embed": lambda f, p, x: filled((*x.shape, f.width), lambda *at: p["kernel"][x[at[:-1]], at[-1]]),
    "gap": lambda f, p, x: over_map(x, average),
    "gmp": lambda f, p, x: over_map(x, max),
    "adaptive_avgpool": lambda f, p, x: over_cells(f, x, average),
    "adaptive_maxpool": lambda f, p, x: over_cells(f, x, max),
    "ln": lambda f, p, x: standardized(f, p, x, lambda *at: at[:-1]),
    "gn": lambda f, p, x: standardized(f, p, x, lambda *at: (at[0], at[-1] // (x.shape[-1] // f.groups))),
    "instance_norm": lambda f, p, x: standardized(f, p, x, lambda *at: (at[0], at[-1])),
    "pad_channels": lambda f, p, x: filled(
        (*x.shape[:-1], f.channels), lambda *at: x[at] if at[-1] < x.shape[-1] else 0.0
    ),
    "flatten": lambda f, p, x: in_order(x, (math.prod(x.shape[1:]),)),
    "reshape": lambda f, p, x: in_order(x, numbers(f.sizes, 1)),
}
