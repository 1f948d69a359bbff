"""What PyTorch's own functions give for a layer, on the same numbers: channels last and netspec's kernels going in.

Each function takes the layer's fields, its parameters by name and its inputs, and moves axes as PyTorch wants them;
autograd moves the gradients back.
"""
# ruff: noqa: ARG005, D103  all functions take the same; each is its layer's

import itertools
import math
from collections.abc import Callable
from typing import Any, Final

import torch
from peers.torch_layers import numbers, padded
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  as everybody calls it

Weights = dict[str, Tensor]

TORCH: Final[dict[str, Callable[..., Tensor]]] = {}
"""The function of every layer that PyTorch has, by the layer's name."""

LACKS: Final = {
    "dropout": "its mask comes from other random numbers",
    "drop_path": "PyTorch has none, and it is random as well",
    "maxout": "PyTorch has none",
    "scale": "PyTorch has none; it is one product",
    "subsample": "PyTorch has none",
}
"""The layers that PyTorch cannot be asked about, and why."""


def layer(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Register a function under its name."""
    TORCH[function.__name__] = function
    return function


def first(x: Tensor) -> Tensor:
    """With the channels behind the batch."""
    return x.movedim(-1, 1)


def last(x: Tensor) -> Tensor:
    """With the channels at the end."""
    return x.movedim(1, -1)


def of_rank(name: str, x: Tensor) -> Any:
    """`F.conv2d` of `conv` and a batch of images."""
    return getattr(F, f"{name}{x.ndim - 2}d")


def sides(padding: Any, rank: int) -> list[tuple[int, int]]:
    """Low and high of each axis, of a padding in numbers."""
    each = (padding,) * rank if isinstance(padding, int) else padding
    return [(one, one) if isinstance(one, int) else one for one in each]


def even(padding: Any, rank: int) -> tuple[int, ...] | None:
    """One number an axis, as most of PyTorch's functions take it; None where the sides differ."""
    if isinstance(padding, str):
        return (0,) * rank if padding == "valid" else None
    found = sides(padding, rank)
    return tuple(low for low, _ in found) if all(low == high for low, high in found) else None


def around(
    x: Tensor, by: list[tuple[int, int]], mode: str = "constant", value: float | None = None
) -> Tensor:
    """Rows at the sides of a map with the channels first; negative ones are cut."""
    return F.pad(x, tuple(itertools.chain(*reversed(by))), mode, value)


def filters_first(kernel: Tensor) -> Tensor:
    """`[filters, channels, *taps]`, in this order in memory too: PyTorch's gradient refuses another."""
    return kernel.movedim((-1, -2), (0, 1)).contiguous()


def convolution(f: Any, kernel: Tensor, x: Tensor, groups: int) -> Tensor:
    """A convolution with a kernel whose filters stand last."""
    rank = x.ndim - 2
    options = {"dilation": numbers(f.dilation, rank), "groups": groups}
    weight, stride = filters_first(kernel), numbers(f.stride, rank)
    padding: Any = even(f.padding, rank)
    if f.padding == "same" and set(stride) == {1}:
        padding = "same"  # PyTorch's own, which knows no stride
    if padding is None:
        return last(
            of_rank("conv", x)(padded(dict(f), x.shape[1:-1])(first(x)), weight, None, stride, **options)
        )
    return last(of_rank("conv", x)(first(x), weight, None, stride, padding, **options))


def shifted(p: Weights, y: Tensor) -> Tensor:
    return y + p["bias"] if "bias" in p else y


@layer
def conv(f: Any, p: Weights, x: Tensor) -> Tensor:
    kernel = p["kernel"]
    if f.connections is not None:
        every = [(c, k) for k, row in enumerate(f.connections) for c in row]
        taps = numbers(f.kernel, x.ndim - 2)
        full = kernel.new_zeros((math.prod(taps), x.shape[-1], f.filters))
        places = (slice(None), *map(torch.tensor, zip(*every, strict=True)))
        kernel = full.index_put(
            (torch.arange(len(full))[:, None], *places[1:]), kernel.reshape(-1, len(every))
        ).reshape(*taps, *full.shape[1:])
    return shifted(p, convolution(f, kernel, x, f.groups))


@layer
def dwconv(f: Any, p: Weights, x: Tensor) -> Tensor:
    return shifted(p, convolution(f, p["kernel"], x, x.shape[-1]))


@layer
def sepconv(f: Any, p: Weights, x: Tensor) -> Tensor:
    middle = first(convolution(f, p["depthwise_kernel"], x, x.shape[-1]))
    return shifted(p, last(of_rank("conv", x)(middle, filters_first(p["pointwise_kernel"]))))


@layer
def upconv(f: Any, p: Weights, x: Tensor) -> Tensor:
    rank, kernel = x.ndim - 2, p["kernel"]
    stride, apart = numbers(f.stride, rank), numbers(f.dilation, rank)
    by_group = (
        kernel.unflatten(-1, (f.groups, -1)).movedim((-2, -3, -1), (0, 1, 2)).flatten(0, 1).contiguous()
    )

    def stamp(**options: Any) -> Tensor:
        fixed = {"stride": stride, "dilation": apart, "groups": f.groups}
        return of_rank("conv_transpose", x)(first(x), by_group, **fixed, **options)

    cut = even(f.padding, rank)
    if cut is not None:
        return shifted(p, last(stamp(padding=cut, output_padding=numbers(f.output_padding, rank))))
    extents = [d * (taps - 1) + 1 for taps, d in zip(kernel.shape[:rank], apart, strict=True)]
    rows = zip(cuts(f.padding, extents, stride), numbers(f.output_padding, rank), strict=True)
    return shifted(p, last(around(stamp(), [(-low, more - high) for (low, high), more in rows])))


def cuts(padding: Any, extents: list[int], stride: tuple[int, ...]) -> list[tuple[int, int]]:
    """What is cut from the output so that `same` gives the input's size times the stride."""
    if not isinstance(padding, str):
        return sides(padding, len(extents))
    found = []
    for extent, step in zip(extents, stride, strict=True):
        spare = extent - step
        half = max(0, spare // 2 if padding == "same_tf" else -(-spare // 2))
        found.append((half, spare - half))
    return found


def pooled(f: Any, x: Tensor, name: str, fill: float, **options: Any) -> Tensor:
    """Pooling, on a map that is padded before where the sides differ."""
    rank, y = x.ndim - 2, first(x)
    padding = even(f.padding, rank)
    if padding is None:
        module = padded(dict(f), x.shape[1:-1])
        module.value, padding = fill, (0,) * rank
        y = module(y)
    kernel, stride = numbers(f.kernel, rank), numbers(f.stride, rank)
    return last(of_rank(name, x)(y, kernel, stride, padding, ceil_mode=f.ceil, **options))


def pools(f: Any, rank: int) -> bool:
    """Whether PyTorch's pooling can do the same: a padding that it was not told of is a part of the map to it.

    On 3-D maps it wants paddings of half the kernel at most, where elsewhere half of the dilated window will do.
    """
    told = even(f.padding, rank)
    average = hasattr(f, "include_pad")
    if average and (set(numbers(f.dilation, rank)) != {1} or (told is None and not f.include_pad)):
        return False
    if told is None:
        return not f.ceil
    return rank < 3 or all(2 * p <= k for p, k in zip(told, numbers(f.kernel, rank), strict=True))


@layer
def pad(f: Any, p: Weights, x: Tensor) -> Tensor:
    mode = {"edge": "replicate"}.get(f.mode, f.mode)
    value = f.value if mode == "constant" else None
    return last(around(first(x), sides(f.by, x.ndim - 2), mode, value))


@layer
def crop(f: Any, p: Weights, x: Tensor) -> Tensor:
    return last(around(first(x), [(-low, -high) for low, high in sides(f.by, x.ndim - 2)]))


@layer
def concat(f: Any, p: Weights, *xs: Tensor) -> Tensor:
    for axis in range(1, xs[0].ndim - 1):
        least = min(x.shape[axis] for x in xs)
        xs = tuple(x.narrow(axis, (x.shape[axis] - least) // 2, least) for x in xs)
    return torch.cat(xs, -1)


@layer
def multiply(f: Any, p: Weights, *xs: Tensor) -> Tensor:
    rank = max(x.ndim for x in xs)
    return math.prod(x.reshape(len(x), *(1,) * (rank - x.ndim), *x.shape[1:]) for x in xs)  # type: ignore[return-value]


@layer
def softmax(f: Any, p: Weights, x: Tensor) -> Tensor:
    match f.over:
        case "channels":
            return F.softmax(x, -1)
        case "positions":
            return F.softmax(x.flatten(1, -2), 1).reshape(x.shape)
    return F.softmax(x.flatten(1), 1).reshape(x.shape)


@layer
def pixel_shuffle(f: Any, p: Weights, x: Tensor) -> Tensor:
    (factor,) = set(numbers(f.factor, x.ndim - 2))
    ours = x.unflatten(-1, (factor**2, -1)).transpose(-1, -2).flatten(-2)
    return last(F.pixel_shuffle(first(ours), factor))


@layer
def upsample(f: Any, p: Weights, x: Tensor) -> Tensor:
    rank = x.ndim - 2
    size = [w * r for w, r in zip(x.shape[1:-1], numbers(f.factor, rank), strict=True)]
    if f.method == "nearest":
        return last(F.interpolate(first(x), size))
    mode = ("linear", "bilinear", "trilinear")[rank - 1]
    return last(F.interpolate(first(x), size, mode=mode, align_corners=False))


@layer
def lrn(f: Any, p: Weights, x: Tensor) -> Tensor:
    y = first(x if x.ndim > 2 else x[:, None])
    return last(F.local_response_norm(y, f.size, f.alpha * f.size, f.beta, f.k)).reshape(x.shape)


def batch_norm(f: Any, p: Weights, x: Tensor, *, training: bool) -> Tensor:
    """Batch norm, which in training changes mean and variance in place."""
    momentum = 1 - f.momentum
    y = F.batch_norm(
        first(x), p["mean"], p["variance"], p.get("scale"), p.get("offset"), training, momentum, f.eps
    )
    return last(y)


def group_norm(f: Any, p: Weights, x: Tensor) -> Tensor:
    """With a scale in any case: PyTorch's gradient stops at an offset that has none beside it."""
    scale = p.get("scale", x.new_ones(x.shape[-1]))
    return last(F.group_norm(first(x), f.groups, scale, p.get("offset"), f.eps))


@layer
def instance_norm(f: Any, p: Weights, x: Tensor) -> Tensor:
    """With each example twice: PyTorch 2.13's gradient is wrong for one by itself whose channels lie last."""
    y = F.instance_norm(first(torch.cat([x, x])), weight=p.get("scale"), bias=p.get("offset"), eps=f.eps)
    return last(y)[: len(x)]


def fitting(use: Any) -> bool:
    """Whether PyTorch can do what a use of one of its layers asks for."""
    if use.kind in ("pool", "avgpool"):
        return pools(use.layer, use.rank)
    if use.kind == "pixel_shuffle":
        return use.rank == 2 and len(set(numbers(use.layer.factor, 2))) == 1
    return True


TORCH |= {
    "relu": lambda f, p, x: F.relu(x),
    "leaky_relu": lambda f, p, x: F.leaky_relu(x, f.slope),
    "prelu": lambda f, p, x: last(F.prelu(first(x), p["slope"])),
    "relu6": lambda f, p, x: F.relu6(x),
    "elu": lambda f, p, x: F.elu(x, f.alpha),
    "sigmoid": lambda f, p, x: torch.sigmoid(x),
    "hard_sigmoid": lambda f, p, x: F.relu6(x + 3) / 6,  # the gradient of F.hardsigmoid has 1/6 in float32
    "tanh": lambda f, p, x: f.amplitude * torch.tanh(f.slope * x),
    "gelu": lambda f, p, x: F.gelu(x, approximate="tanh" if f.approximate else "none"),
    "silu": lambda f, p, x: F.silu(x),
    "hard_swish": lambda f, p, x: F.hardswish(x),
    "identity": lambda f, p, x: torch.nn.Identity()(x),
    "fc": lambda f, p, x: F.linear(x.flatten(1), p["kernel"].T, p.get("bias")),
    "rbf": lambda f, p, x: torch.cdist(x.flatten(1), p["prototypes"].T) ** 2,
    "embed": lambda f, p, x: F.embedding(x, p["kernel"]),
    "pool": lambda f, p, x: pooled(f, x, "max_pool", -math.inf, dilation=numbers(f.dilation, x.ndim - 2)),
    "avgpool": lambda f, p, x: pooled(f, x, "avg_pool", 0.0, count_include_pad=f.include_pad),
    "gap": lambda f, p, x: of_rank("adaptive_avg_pool", x)(first(x), 1).flatten(1),
    "gmp": lambda f, p, x: of_rank("adaptive_max_pool", x)(first(x), 1).flatten(1),
    "adaptive_avgpool": lambda f, p, x: last(of_rank("adaptive_avg_pool", x)(first(x), f.size)),
    "adaptive_maxpool": lambda f, p, x: last(of_rank("adaptive_max_pool", x)(first(x), f.size)),
    "add": lambda f, p, *xs: torch.stack(xs).sum(0),
    "bn": lambda f, p, x: batch_norm(f, p, x, training=False),
    "ln": lambda f, p, x: F.layer_norm(x, x.shape[-1:], p.get("scale"), p.get("offset"), f.eps),
    "gn": group_norm,
    "pad_channels": lambda f, p, x: F.pad(x, (0, f.channels - x.shape[-1])),
    "channel_shuffle": lambda f, p, x: last(torch.channel_shuffle(first(x), f.groups)),
    "flatten": lambda f, p, x: torch.nn.Flatten()(x),
    "reshape": lambda f, p, x: torch.nn.Unflatten(1, numbers(f.sizes, 1))(x.flatten(1)),
}
