"""Small networks for receptive fields: every kind of layer that moves or widens them, and the usual joins."""

from typing import Final, NamedTuple


class Case(NamedTuple):
    """A network, and how far from the input's edge a field has to stay so that no layer's padding plays a part."""

    text: str
    margin: int = 0


CASES: Final = {
    "unpadded windows": Case(
        "input: 41x2\nnetwork: conv3-2(padding=0) -> pool2 -> conv3-2(padding=0, dilation=3)\n"
    ),
    "strides": Case("input: 41x2\nnetwork: conv4-2/3(padding=0) -> avgpool3/2 -> conv2-2(padding=0)\n"),
    "stride beyond the kernel": Case("input: 41x2\nnetwork: conv1-2/3(padding=0) -> conv2-2/3(padding=0)\n"),
    "depthwise": Case(
        "input: 23x21x3\nnetwork: dwconv3x2(padding=0) -> sepconv2-3/2x1(padding=0, dilation=2)\n"
    ),
    "groups": Case(
        "input: 30x6\nnetwork: conv3-6(padding=0, groups=3) -> channel_shuffle(3) -> conv3-6(padding=0, groups=2)\n"
    ),
    "trained pooling": Case(
        "input: 20x18x2\nnetwork: subsample2 -> conv3-3(padding=0) -> maxout(3) -> subsample2\n"
    ),
    "last window over the edge": Case(
        "input: 20x2\nnetwork: conv2-2(padding=0) -> pool3/2(ceil=true)\n", margin=3
    ),
    "stamps": Case("input: 13x2\nnetwork: upconv3-2/2 -> conv3-2(padding=0)\n", margin=2),
    "stamps, cut": Case("input: 9x11x2\nnetwork: upconv4-2/2(padding=1) -> conv2-2(padding=0)\n", margin=2),
    "stamps with holes": Case(
        "input: 13x2\nnetwork: conv3-2(padding=0) -> upconv2-2/3 -> conv2-2(padding=0, dilation=3)\n"
    ),
    "nothing but holes": Case("input: 9x2\nnetwork: upconv1-2/3 -> pool1/3 -> relu\n"),
    "stamps apart": Case(
        "input: 15x2\nnetwork: upconv2-2/2(dilation=3) -> pool2/1 -> conv2-2(padding=0)\n", margin=3
    ),
    "enlarged": Case(
        "input: 13x2\nnetwork: conv2-2(padding=0) -> upsample(3) -> conv2-2/2(padding=0) -> crop(1)\n"
    ),
    "enlarged linearly": Case(
        "input: 13x2\nnetwork: upsample(3, method=linear) -> conv2-2(padding=0)\n", margin=1
    ),
    "enlarged unevenly": Case(
        "input: 11x8x2\nnetwork: upsample(3x2, method=linear) -> conv2-2(padding=0)\n", margin=1
    ),
    "sub-pixels": Case(
        "input: 9x8x8\nnetwork: conv3-8(padding=0) -> pixel_shuffle(2x4) -> conv2-2(padding=0)\n"
    ),
    "cells": Case(
        "input: 23x19x2\nnetwork: conv2-2(padding=0) -> adaptive_avgpool7x5 -> conv2-2(padding=0)\n"
    ),
    "cells larger than the map": Case("input: 5x2\nnetwork: adaptive_maxpool7 -> conv2-2(padding=0)\n"),
    "cropped": Case("input: 20x17x2\nnetwork: crop([[1, 2], [3, 0]]) -> conv3-2/2(padding=0)\n"),
    "padded by side": Case(
        "input: 41x2\nnetwork: conv4-2/2(padding=[[0, 3]]) -> pad([[2, 1]]) -> conv3-2\n", margin=8
    ),
    "same": Case(
        "input: 96x2\nnetwork: conv5-2 -> pool2 -> conv3-2(dilation=2) -> conv4-2/2 -> conv3-2\n", margin=22
    ),
    "TensorFlow's same": Case(
        "input: 64x2\nnetwork: conv5-2/2(padding=same_tf) -> conv4-2/2(padding=same_tf)\n", margin=8
    ),
    "three axes": Case(
        "input: 7x9x8x2\nnetwork: conv3x2x1-2/1x2x1(padding=0) -> pool1x2x2 -> conv2-2(padding=0)\n"
    ),
    "inception": Case(
        "input: 40x36x2\nnetwork:\n  - conv3-2/2(padding=0)\n  - concat:\n      - conv1-2\n      - conv1-2 -> conv5-2\n"
        "      - pool3/1(padding=1)\n  - relu\n",
        margin=8,
    ),
    "residual": Case(
        "input: 40x2\nnetwork:\n  - residual: conv3-4/2 -> bn -> relu -> conv3-4\n  - relu\n", margin=6
    ),
    "down, up and joined": Case(
        "input: 30x27x2\nnetwork: conv3-2(padding=0) @skip -> pool2 -> conv3-2(padding=0) -> upconv2-2"
        " -> concat(skip, crop=true) -> conv3-2(padding=0)\n"
    ),
    "pyramid of dilations": Case(
        "input: 40x2\nnetwork:\n  - concat:\n      - conv1-2\n      - conv3-2(dilation=2)\n      - conv3-2(dilation=4)\n  - conv1-2\n",
        margin=4,
    ),
    "gate": Case(
        "input: 9x8x2\nnetwork:\n  - conv3-2(padding=0)\n  - multiply:\n      - identity\n      - gap -> fc-2 -> sigmoid\n  - pool2\n"
    ),
    "everything": Case("input: 9x8x2\nnetwork: conv2-2(padding=0) -> pool2 -> fc-3 -> softmax\n"),
    "part of everything": Case(
        "input: 9x8x2\nnetwork: crop([[1, 2], [0, 3]]) -> gap -> reshape(2x1) -> conv1-3\n"
    ),
    "norms by position": Case(
        "input: 12x10x4\nnetwork: conv3-4(padding=0) -> ln -> lrn(3) -> softmax -> pool2/1\n"
    ),
    "norms by map": Case("input: 9x8x4\nnetwork: conv3-4(padding=0) -> gn(2) -> conv2-4(padding=0)\n"),
    "norms by channel": Case("input: 9x8x4\nnetwork: crop(1) -> instance_norm -> pool2\n"),
    "softmax over positions": Case("input: 9x8x4\nnetwork: conv3-1(padding=0) -> softmax(over=positions)\n"),
}

THIN: Final = {
    "vgg16": """
input: 224x224x1
network: |
  [conv3-2 -> relu]*2 -> pool2
  [conv3-2 -> relu]*2 -> pool2
  [conv3-2 -> relu]*3 -> pool2
  [[conv3-2 -> relu]*3 -> pool2]*2
""",
    "resnet50": """
input: 512x512x1
blocks:
  bottleneck(stride=1):
    - residual: conv1-2 -> bn -> relu -> conv3-2/{stride} -> bn -> relu -> conv1-8 -> bn
    - relu
network: |
  conv7-2/2 -> bn -> relu -> pool3/2(padding=1)
  [bottleneck]*3
  bottleneck(2) -> [bottleneck]*3
  bottleneck(2) -> [bottleneck]*5
  bottleneck(2) -> [bottleneck]*2
""",
}
"""With a channel or two they see as far as with all."""
