"""Convolutions as they stand in well-known networks, each product by itself."""

from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any

import jax
from lowering_cases.gradients import Raced, values

from netspec.ops.convolution import FORWARD, INPUT_GRADIENT, KERNEL_GRADIENT, ConvCase
from netspec.ops.forms import REFERENCE, Operation


def case(
    size: tuple[int, ...], filters: int, taps: int, stride: int = 1, pad: int = 0, groups: int = 1
) -> ConvCase:
    """`size` is that of the input with batch and channels; the rest is the same on every axis."""
    rank, channels = len(size) - 2, size[-1]
    kernel = (*(taps,) * rank, channels // groups, filters)
    return ConvCase(
        size, kernel, (stride,) * rank, ((pad, pad),) * rank, (1,) * rank, groups, "float32", "cpu"
    )


_CASES = (
    ("ResNet-50, stem", case((4, 224, 224, 3), 64, 7, 2, 3)),
    ("ResNet-50, stage 1", case((4, 56, 56, 64), 64, 1)),
    ("ResNet-50, stage 1", case((4, 56, 56, 64), 256, 1)),
    ("ResNet-50, stage 1", case((4, 56, 56, 256), 64, 1)),
    ("ResNet-50, stage 1", case((4, 56, 56, 64), 64, 3, 1, 1)),
    ("ResNet-50, stage 2", case((4, 56, 56, 256), 512, 1, 2)),
    ("ResNet-50, stage 2", case((4, 56, 56, 128), 128, 3, 2, 1)),
    ("ResNet-50, stage 2", case((4, 28, 28, 512), 128, 1)),
    ("ResNet-50, stage 2", case((4, 28, 28, 128), 128, 3, 1, 1)),
    ("ResNet-50, stage 3", case((4, 28, 28, 256), 256, 3, 2, 1)),
    ("ResNet-50, stage 3", case((4, 14, 14, 256), 1024, 1)),
    ("ResNet-50, stage 3", case((4, 14, 14, 256), 256, 3, 1, 1)),
    ("ResNet-50, stage 4", case((4, 14, 14, 512), 512, 3, 2, 1)),
    ("ResNet-50, stage 4", case((4, 7, 7, 512), 2048, 1)),
    ("ResNet-50, stage 4", case((4, 7, 7, 512), 512, 3, 1, 1)),
    ("MobileNet, stem", case((8, 224, 224, 3), 32, 3, 2, 1)),
    ("MobileNet, depthwise", case((8, 112, 112, 32), 32, 3, 1, 1, 32)),
    ("MobileNet, depthwise", case((8, 112, 112, 64), 64, 3, 2, 1, 64)),
    ("MobileNet, depthwise", case((8, 56, 56, 128), 128, 3, 1, 1, 128)),
    ("MobileNet, depthwise", case((8, 14, 14, 512), 512, 3, 1, 1, 512)),
    ("MobileNet, pointwise", case((8, 112, 112, 32), 64, 1)),
    ("MobileNet, pointwise", case((8, 14, 14, 512), 512, 1)),
    ("VGG-16, block 1", case((2, 224, 224, 3), 64, 3, 1, 1)),
    ("VGG-16, block 1", case((2, 224, 224, 64), 64, 3, 1, 1)),
    ("VGG-16, block 2", case((2, 112, 112, 128), 128, 3, 1, 1)),
    ("VGG-16, block 3", case((2, 56, 56, 256), 256, 3, 1, 1)),
    ("VGG-16, block 4", case((2, 28, 28, 512), 512, 3, 1, 1)),
    ("VGG-16, block 5", case((2, 14, 14, 512), 512, 3, 1, 1)),
    ("U-Net, level 1", case((4, 126, 126, 64), 64, 3)),
    ("U-Net, level 2", case((4, 64, 64, 128), 128, 3)),
    ("U-Net, level 5", case((4, 16, 16, 512), 1024, 3)),
    ("LeNet-5, conv1", case((128, 28, 28, 1), 6, 5, 1, 2)),
    ("LeNet-5, conv2", case((128, 14, 14, 6), 16, 5)),
    ("AlexNet, conv1", case((2, 227, 227, 3), 96, 11, 4)),
    ("AlexNet, conv2", case((8, 27, 27, 96), 256, 5, 1, 2, 2)),
    ("Kim's text CNN", case((50, 56, 300), 100, 3)),
    ("Kim's text CNN", case((50, 56, 300), 100, 5)),
    ("ResNeXt-50, stage 1", case((4, 56, 56, 128), 128, 3, 1, 1, 32)),
    ("ResNeXt-50, stage 3", case((4, 14, 14, 512), 512, 3, 1, 1, 32)),
    ("CIFAR-10, first", case((32, 32, 32, 3), 32, 3, 1, 1)),
    ("C3D, conv1", case((1, 16, 112, 112, 3), 64, 3, 1, 1)),
    ("C3D, conv2", case((1, 16, 56, 56, 64), 128, 3, 1, 1)),
    ("a 3-D ResNet, stride 2", case((1, 8, 28, 28, 64), 128, 3, 2, 1)),
)


def _race(operation: Operation[ConvCase], facts: ConvCase) -> Raced:
    out = (facts.batch, *facts.out, facts.filters)
    shapes = {
        FORWARD.name: (facts.x, facts.kernel),
        INPUT_GRADIENT.name: (out, facts.kernel),
        KERNEL_GRADIENT.name: (facts.x, out),
    }
    arrays = tuple(values(shape, i) for i, shape in enumerate(shapes[operation.name]))
    auto = operation.choose(facts).form
    forms = {REFERENCE: operation.reference, **{f.name: f.run for f in operation.forms if f.fits(facts)}}
    return {
        name + " *" * (name == auto): (_compiled(run, facts, arrays), arrays) for name, run in forms.items()
    }


def _compiled(run: Callable[..., Any], facts: ConvCase, arrays: tuple[jax.Array, ...]) -> Callable[..., Any]:
    return jax.jit(lambda first, second: run(first, second, facts)).lower(*arrays).compile()


def _label(name: str, facts: ConvCase) -> str:
    taps, stride = "x".join(map(str, facts.taps)), facts.strides[0]
    groups = f" in {facts.groups} groups" if facts.groups > 1 else ""
    size = "x".join(map(str, facts.x))
    return f"{name}: {taps}/{stride} on {size}, {facts.filters} filters{groups}"


def _macs(facts: ConvCase) -> int:
    return facts.batch * prod(facts.out) * prod(facts.kernel)


CASES = [
    (_label(name, facts), operation.name, partial(_race, operation, facts), _macs(facts))
    for name, facts in _CASES
    for operation in (FORWARD, INPUT_GRADIENT, KERNEL_GRADIENT)
]
