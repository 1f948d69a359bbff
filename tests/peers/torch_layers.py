"""netspec's layers as plain `torch.nn` modules, channels first, and what PyTorch itself counts of them.

Everything runs on the device `meta`: shapes and counters, without numbers and without memory.
"""

import itertools
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from netspec.graph.node import Node
from netspec.layers import Shape

Axes = tuple[int, ...]
Fields = dict[str, Any]


def numbers(value: int | Axes, rank: int) -> Axes:
    """One number an axis."""
    return (value,) * rank if isinstance(value, int) else value


def macs(module: nn.Module, *sizes: int) -> int:
    """Multiply-adds as `FlopCounterMode` counts them, two operations each, for one example."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(torch.zeros((1, *sizes), device="meta"))
    operations, half = divmod(counter.get_total_flops(), 2)
    assert half == 0
    return operations


def output(module: nn.Module, *sizes: int) -> Axes:
    """The shape that one example becomes."""
    with torch.no_grad():
        return tuple(module(torch.zeros((1, *sizes), device="meta")).shape[1:])


def trained(module: nn.Module) -> int:
    """Values that an optimizer changes."""
    return sum(parameter.numel() for parameter in module.parameters())


def statistics(module: nn.Module) -> int:
    """Running means and variances, without PyTorch's count of batches."""
    return sum(buffer.numel() for name, buffer in module.named_buffers() if "running_" in name)


def module(node: Node) -> nn.Module:
    """The layer of a node, made from its fields and the channels of its input alone."""
    with torch.device("meta"):
        return MODULES[node.kind](dict(node.layer), node.input_shapes[0])


def of_rank(name: str, rank: int) -> Any:
    """`nn.Conv2d` of `Conv` and 2."""
    return getattr(nn, f"{name}{rank}d")


def padded(f: Fields, sizes: Axes) -> nn.Module:
    """Zeros around a map. PyTorch's own `padding` has no sides, and its `same` no stride."""
    pads = []
    fields = [numbers(f[name], len(sizes)) for name in ("kernel", "stride", "dilation")]
    for axis, (size, kernel, stride, dilation) in enumerate(zip(sizes, *fields, strict=True)):
        match f["padding"]:
            case "valid":
                side: Any = 0
            case "same":  # as nn.Conv2d(padding="same") has it
                side = divmod(dilation * (kernel - 1), 2)
                side = (side[0], sum(side))
            case "same_tf":  # tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
                last = size % stride or stride
                total = max(dilation * (kernel - 1) + 1 - last, 0)
                side = (total // 2, total - total // 2)
            case int(same):
                side = same
            case each:
                side = each[axis]
        pads.append((side, side) if isinstance(side, int) else side)
    return of_rank("ConstantPad", len(sizes))(tuple(itertools.chain(*reversed(pads))), 0.0)


def conv(f: Fields, x: Shape) -> nn.Module:
    """A convolution."""
    stride, dilation = numbers(f["stride"], x.rank), numbers(f["dilation"], x.rank)
    options = {"stride": stride, "dilation": dilation, "groups": f["groups"], "bias": f["bias"]}
    kernel = numbers(f["kernel"], x.rank)
    return nn.Sequential(
        padded(f, x.spatial), of_rank("Conv", x.rank)(x.channels, f["filters"], kernel, **options)
    )


def dwconv(f: Fields, x: Shape) -> nn.Module:
    """A convolution in as many groups as there are channels."""
    return conv(f | {"filters": x.channels * f["multiplier"], "groups": x.channels}, x)


def sepconv(f: Fields, x: Shape) -> nn.Module:
    """A depthwise convolution without a bias, then one of a single tap."""
    middle = x.channels * f["multiplier"]
    pointwise = of_rank("Conv", x.rank)(middle, f["filters"], 1, bias=f["bias"])
    return nn.Sequential(dwconv(f | {"bias": False}, x), pointwise)


def upconv(f: Fields, x: Shape) -> nn.Module:
    """A transposed convolution that nothing is cut from; PyTorch counts the same wherever the stamps end up."""
    options = {name: f[name] for name in ("stride", "dilation", "groups", "bias", "output_padding")}
    return of_rank("ConvTranspose", x.rank)(x.channels, f["filters"], numbers(f["kernel"], x.rank), **options)


def fc(f: Fields, x: Shape) -> nn.Module:
    """A matrix, on all values of a map."""
    return nn.Sequential(nn.Flatten(), nn.Linear(torch.Size(x.sizes).numel(), f["units"], bias=f["bias"]))


MODULES: Final[dict[str, Callable[[Fields, Shape], nn.Module]]] = {
    "conv": conv,
    "dwconv": dwconv,
    "sepconv": sepconv,
    "upconv": upconv,
    "fc": fc,
    "bn": lambda f, x: of_rank("BatchNorm", max(1, x.rank))(x.channels, affine=f["scale"]),
    "ln": lambda f, x: nn.LayerNorm(x.channels, bias=f["offset"]),
    "gn": lambda f, x: nn.GroupNorm(f["groups"], x.channels),
    "instance_norm": lambda f, x: of_rank("InstanceNorm", x.rank)(x.channels, affine=f["affine"]),
    "prelu": lambda f, x: nn.PReLU(1 if f["shared"] else x.channels),
    "embed": lambda f, x: nn.Embedding(x.tokens or 0, f["width"]),
}
"""From a layer's fields and the shape of its input."""
