"""Every layer of the language as plain JAX, channels last: an oracle that shares no arithmetic with netspec.

Each function takes the layer's fields, its parameters by name and its inputs, all with the batch first. Windows
become the pads of `lax.conv_general_dilated` and `lax.reduce_window`; everything else is the formula of the
layer's documentation. Norms and softmax compute in float32 and give back the type they were given.
"""
# ruff: noqa: ARG005, D103  all functions take the same; each is its layer's; jax is the point

import functools
from collections.abc import Callable
from typing import Any, Final

import jax
import jax.numpy as jnp
from jax import lax

Array = jax.Array
Weights = dict[str, Array]
Sides = list[tuple[int, int]]

LAYERS: Final[dict[str, Callable[..., Array]]] = {}
"""The function of every layer without state or chance, by the layer's name."""


def layer(function: Callable[..., Array]) -> Callable[..., Array]:
    """Register a function under its name."""
    LAYERS[function.__name__] = function
    return function


def numbers(value: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
    """One number an axis."""
    return (value,) * rank if isinstance(value, int) else tuple(value)


def positions(x: Array) -> tuple[int, ...]:
    """The spatial axes of a batch of maps."""
    return tuple(range(1, x.ndim - 1))


def explicit(padding: Any, rank: int) -> Sides:
    """Padding given in numbers: one, one an axis, or low and high by axis."""
    by_axis = (padding,) * rank if isinstance(padding, int) else padding
    return [(one, one) if isinstance(one, int) else tuple(one) for one in by_axis]


def pads(padding: Any, x: Array, extents: list[int], strides: tuple[int, ...]) -> Sides:
    """Low and high padding of each axis of a window."""
    if padding == "same_tf":
        return list(lax.padtype_to_pads(x.shape[1:-1], extents, strides, "SAME"))
    if padding == "same":
        return [((e - 1) // 2, e // 2) for e in extents]
    return explicit(0 if padding == "valid" else padding, x.ndim - 2)


def reach(kernel: Any, dilation: Any, rank: int) -> list[int]:
    """How far a dilated kernel reaches on each axis."""
    return [d * (k - 1) + 1 for k, d in zip(numbers(kernel, rank), numbers(dilation, rank), strict=True)]


def convolve(x: Array, kernel: Array, f: Any, groups: int, kernel_size: Any) -> Array:
    """A convolution with the fields `stride`, `padding` and `dilation`."""
    rank = x.ndim - 2
    strides, dilations = numbers(f.stride, rank), numbers(f.dilation, rank)
    sides = pads(f.padding, x, reach(kernel_size, dilations, rank), strides)
    return general(x, kernel, window_strides=strides, padding=sides, rhs_dilation=dilations, groups=groups)


def general(x: Array, kernel: Array, *, groups: int = 1, **options: Any) -> Array:
    """`lax.conv_general_dilated` with channels last and kernels as [taps, in, out]."""
    axes = "DHW"[3 - (x.ndim - 2) :]
    layout = (f"N{axes}C", f"{axes}IO", f"N{axes}C")
    options = {"window_strides": (1,) * len(axes)} | options
    return lax.conv_general_dilated(
        x, kernel, dimension_numbers=layout, feature_group_count=groups, **options
    )


def shifted(y: Array, p: Weights) -> Array:
    """With the bias, if there is one."""
    return y + p["bias"] if "bias" in p else y


@layer
def conv(f: Any, p: Weights, x: Array) -> Array:
    kernel = p["kernel"]
    if f.connections is not None:
        seen = [(i, o) for o, row in enumerate(f.connections) for i in row]
        taps = numbers(f.kernel, x.ndim - 2)
        full = jnp.zeros((*taps, x.shape[-1], f.filters), kernel.dtype)
        kernel = full.at[..., *map(jnp.array, zip(*seen, strict=True))].set(kernel.reshape(*taps, len(seen)))
    return shifted(convolve(x, kernel, f, f.groups, f.kernel), p)


@layer
def upconv(f: Any, p: Weights, x: Array) -> Array:
    rank = x.ndim - 2
    strides, extents = numbers(f.stride, rank), reach(f.kernel, f.dilation, rank)
    spare = [e - s for e, s in zip(extents, strides, strict=True)]
    match f.padding:
        case "same":
            cuts = [(0, n) if n <= 0 else (n - n // 2, n // 2) for n in spare]
        case "same_tf":
            cuts = [(0, n) if n <= 0 else (n // 2, n - n // 2) for n in spare]
        case given:
            cuts = explicit(0 if given == "valid" else given, rank)
    extra = numbers(f.output_padding, rank)
    sides = [(e - 1 - lo, e - 1 - hi + more) for e, (lo, hi), more in zip(extents, cuts, extra, strict=True)]
    stamps = jnp.flip(p["kernel"], tuple(range(rank)))
    y = general(
        x,
        stamps,
        groups=f.groups,
        lhs_dilation=strides,
        padding=sides,
        rhs_dilation=numbers(f.dilation, rank),
    )
    return shifted(y, p)


def reduce_windows(x: Array, f: Any, start: Any, step: Callable[..., Array], sides: Sides) -> Array:
    """`lax.reduce_window` over the spatial axes."""
    rank = x.ndim - 2
    window, strides = (1, *numbers(f.kernel, rank), 1), (1, *numbers(f.stride, rank), 1)
    dilation = (1, *numbers(getattr(f, "dilation", 1), rank), 1)
    every = [(0, 0), *sides, (0, 0)]
    return lax.reduce_window(x, start, step, window, strides, every, window_dilation=dilation)


def window_sums(x: Array, f: Any, sides: Sides) -> Array:
    """The sum of each window, with zeros as padding."""
    return reduce_windows(x, f, 0.0, lax.add, sides)


def overhang(f: Any, x: Array, sides: Sides) -> Sides:
    """The rows past the high padding that a last window of `ceil` reaches."""
    rank = x.ndim - 2
    found = []
    each = zip(x.shape[1:-1], reach(f.kernel, f.dilation, rank), numbers(f.stride, rank), sides, strict=True)
    for size, extent, stride, (low, high) in each:
        room = size + low + high - extent
        starts = [s for s in range(0, room + (stride if f.ceil else 1), stride) if s < size + low]
        found.append((0, max(0, starts[-1] - room)))
    return found


def both(a: Sides, b: Sides) -> Sides:
    """Two paddings, one around the other."""
    return [(p + r, q + s) for (p, q), (r, s) in zip(a, b, strict=True)]


@layer
def pool(f: Any, p: Weights, x: Array) -> Array:
    sides = pads(f.padding, x, reach(f.kernel, f.dilation, x.ndim - 2), numbers(f.stride, x.ndim - 2))
    return reduce_windows(x, f, -jnp.inf, lax.max, both(sides, overhang(f, x, sides)))


@layer
def avgpool(f: Any, p: Weights, x: Array) -> Array:
    sides = pads(f.padding, x, reach(f.kernel, f.dilation, x.ndim - 2), numbers(f.stride, x.ndim - 2))
    over = overhang(f, x, sides)
    ones = jnp.pad(jnp.ones((1, *x.shape[1:-1], 1), x.dtype), [(0, 0), *sides, (0, 0)], constant_values=1)
    if f.include_pad:
        counts = window_sums(ones, f, over)
    else:
        counts = window_sums(jnp.ones((1, *x.shape[1:-1], 1), x.dtype), f, both(sides, over))
    return window_sums(x, f, both(sides, over)) / counts


def adaptive(f: Any, x: Array, reduce: Callable[..., Array]) -> Array:
    """Axis after axis, the cells from floor(i*W/n) to ceil((i + 1)*W/n)."""
    for axis, n in zip(positions(x), numbers(f.size, x.ndim - 2), strict=True):
        w = x.shape[axis]
        cells = [(i * w // n, -(-(i + 1) * w // n)) for i in range(n)]
        x = jnp.stack([reduce(lax.slice_in_dim(x, lo, hi, axis=axis), axis) for lo, hi in cells], axis)
    return x


@layer
def concat(f: Any, p: Weights, *xs: Array) -> Array:
    smallest = [min(sizes) for sizes in zip(*(x.shape[1:-1] for x in xs), strict=True)]
    for axis, size in enumerate(smallest, 1):
        xs = tuple(lax.dynamic_slice_in_dim(x, (x.shape[axis] - size) // 2, size, axis) for x in xs)
    return jnp.concatenate(xs, -1)


@layer
def multiply(f: Any, p: Weights, *xs: Array) -> Array:
    full = max(xs, key=lambda x: (x.size, x.ndim))
    aligned = [x.reshape(x.shape[0], *(1,) * (full.ndim - x.ndim), *x.shape[1:]) for x in xs]
    return functools.reduce(jnp.multiply, aligned)


def normalized(f: Any, x: Array, axes: tuple[int, ...]) -> Array:
    """Mean 0 and variance 1 over some axes, in float32."""
    wide = x.astype(jnp.float32)
    mean = wide.mean(axes, keepdims=True)
    variance = ((wide - mean) ** 2).mean(axes, keepdims=True)
    return (wide - mean) * lax.rsqrt(variance + f.eps)


def affine(y: Array, p: Weights) -> Array:
    """Scaled and shifted by channel, where the layer has factors for it."""
    y = y * p["scale"].astype(y.dtype) if "scale" in p else y
    return y + p["offset"].astype(y.dtype) if "offset" in p else y


@layer
def lrn(f: Any, p: Weights, x: Array) -> Array:
    ones = (1,) * (x.ndim - 1)
    sides = [(0, 0)] * (x.ndim - 1) + [(f.size // 2, (f.size - 1) // 2)]
    window, strides = (*ones, f.size), (*ones, 1)
    squares = lax.reduce_window(x * x, 0.0, lax.add, window, strides, sides)
    return x / (f.k + f.alpha * squares) ** f.beta


@layer
def pad(f: Any, p: Weights, x: Array) -> Array:
    widths = [(0, 0), *explicit(f.by, x.ndim - 2), (0, 0)]
    fill = {"constant_values": f.value} if f.mode == "constant" else {}
    return jnp.pad(x, widths, f.mode, **fill)


@layer
def pixel_shuffle(f: Any, p: Weights, x: Array) -> Array:
    rank = x.ndim - 2
    blocks, spatial = numbers(f.factor, rank), x.shape[1:-1]
    parts = x.reshape(x.shape[0], *spatial, *blocks, -1)
    pairs = [axis for i in range(rank) for axis in (1 + i, 1 + rank + i)]
    larger = [size * block for size, block in zip(spatial, blocks, strict=True)]
    return parts.transpose(0, *pairs, 1 + 2 * rank).reshape(x.shape[0], *larger, -1)


@layer
def upsample(f: Any, p: Weights, x: Array) -> Array:
    factors = numbers(f.factor, x.ndim - 2)
    if f.method == "nearest":
        for axis, factor in enumerate(factors, 1):
            x = jnp.repeat(x, factor, axis)
        return x
    larger = [size * factor for size, factor in zip(x.shape[1:-1], factors, strict=True)]
    return jax.image.resize(x, (x.shape[0], *larger, x.shape[-1]), "linear")


def pointwise(p: Weights, y: Array) -> Array:
    """A separable convolution's second half."""
    return shifted(general(y, p["pointwise_kernel"], padding="VALID"), p)


def softmax(f: Any, x: Array) -> Array:
    """Over channels, positions, or all values of an example."""
    over = {"channels": (-1,), "positions": positions(x), "all": tuple(range(1, x.ndim))}[f.over]
    return jax.nn.softmax(x.astype(jnp.float32), over).astype(x.dtype)


def norm(f: Any, p: Weights, x: Array, axes: tuple[int, ...]) -> Array:
    """Normalized over some axes of `x`, then scaled and shifted by channel."""
    return affine(normalized(f, x, axes), p).astype(x.dtype)


def group_norm(f: Any, p: Weights, x: Array) -> Array:
    """Normalized over positions and the channels of each group."""
    grouped = x.reshape(x.shape[0], -1, f.groups, x.shape[-1] // f.groups)
    return affine(normalized(f, grouped, (1, 3)).reshape(x.shape), p).astype(x.dtype)


def cropped(f: Any, x: Array) -> Array:
    """Without some rows at each side."""
    cuts = explicit(f.by, x.ndim - 2)
    return x[:, *(slice(lo, size - hi) for size, (lo, hi) in zip(x.shape[1:-1], cuts, strict=True))]


LAYERS |= {
    "dwconv": lambda f, p, x: shifted(convolve(x, p["kernel"], f, x.shape[-1], f.kernel), p),
    "sepconv": lambda f, p, x: pointwise(p, convolve(x, p["depthwise_kernel"], f, x.shape[-1], f.kernel)),
    "fc": lambda f, p, x: shifted(x.reshape(x.shape[0], -1) @ p["kernel"], p),
    "rbf": lambda f, p, x: ((x.reshape(x.shape[0], -1, 1) - p["prototypes"]) ** 2).sum(1),
    "embed": lambda f, p, x: p["kernel"][x],
    "subsample": lambda f, p, x: p["weight"] * window_sums(x, f, [(0, 0)] * (x.ndim - 2)) + p["bias"],
    "gap": lambda f, p, x: x.mean(positions(x)),
    "gmp": lambda f, p, x: x.max(positions(x)),
    "adaptive_avgpool": lambda f, p, x: adaptive(f, x, jnp.mean),
    "adaptive_maxpool": lambda f, p, x: adaptive(f, x, jnp.max),
    "add": lambda f, p, *xs: sum(xs[1:], xs[0]),
    "ln": lambda f, p, x: norm(f, p, x, (x.ndim - 1,)),
    "gn": group_norm,
    "instance_norm": lambda f, p, x: norm(f, p, x, positions(x)),
    "scale": lambda f, p, x: p["factor"] * x,
    "prelu": lambda f, p, x: jnp.where(x > 0, x, p["slope"] * x),
    "maxout": lambda f, p, x: x.reshape(*x.shape[:-1], -1, f.pieces).max(-1),
    "softmax": lambda f, p, x: softmax(f, x),
    "relu": lambda f, p, x: jax.nn.relu(x),
    "leaky_relu": lambda f, p, x: jax.nn.leaky_relu(x, f.slope),
    "relu6": lambda f, p, x: jax.nn.relu6(x),
    "elu": lambda f, p, x: jax.nn.elu(x, f.alpha),
    "sigmoid": lambda f, p, x: jax.nn.sigmoid(x),
    "hard_sigmoid": lambda f, p, x: jax.nn.hard_sigmoid(x),
    "tanh": lambda f, p, x: f.amplitude * jnp.tanh(f.slope * x),
    "gelu": lambda f, p, x: jax.nn.gelu(x, approximate=f.approximate),
    "silu": lambda f, p, x: jax.nn.silu(x),
    "hard_swish": lambda f, p, x: jax.nn.hard_swish(x),
    "identity": lambda f, p, x: x,
    "flatten": lambda f, p, x: x.reshape(x.shape[0], -1),
    "reshape": lambda f, p, x: x.reshape(x.shape[0], *numbers(f.sizes, 1)),
    "crop": lambda f, p, x: cropped(f, x),
    "pad_channels": lambda f, p, x: jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, f.channels - x.shape[-1])]),
    "channel_shuffle": lambda f, p, x: (
        x.reshape(*x.shape[:-1], f.groups, -1).swapaxes(-1, -2).reshape(x.shape)
    ),
}
