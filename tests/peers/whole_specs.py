"""Whole networks that are compared with PyTorch's, at two sizes, and the numbers that are put in.

Nothing here imports PyTorch; `torch_steps` does. Dropout is switched off: what is compared is not random.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

import netspec
from netspec.graph.node import Graph
from netspec.layers.base import Parameter

SPECS: Final = Path(__file__).parents[2] / "specs"
RATE: Final = 0.001
"""Of the step of gradient descent."""
Values = NDArray[np.float64]
Tree = dict[str, dict[str, Values]]


class Outcome(NamedTuple):
    """What a step of gradient descent gives."""

    inferred: Values
    """The main output in inference, before the step."""
    outputs: list[Values]
    """In training, the main one first."""
    loss: float
    gradients: Tree
    params: Tree
    """After the step."""
    state: Tree
    inferred_after: Values


@dataclass(frozen=True)
class Whole:
    """A bundled spec with values for its variables, and what PyTorch's builder of that name is to be told."""

    spec: str
    settings: Mapping[str, Any]
    builder: str
    options: Mapping[str, Any] = field(default_factory=dict)
    batch: int = 4
    edits: tuple[tuple[str, str], ...] = ()
    """Patterns in the spec's text, and what takes their place."""

    @cached_property
    def network(self) -> "netspec.Network":
        """The network without dropout."""
        text = (SPECS / f"{self.spec}.yaml").read_text(encoding="utf-8")
        text = re.sub(r"dropout\([0-9.]+\)", "dropout(0)", text)
        for pattern, instead in self.edits:
            text, count = re.subn(pattern, instead, text)
            assert count, pattern
        return netspec.load(text=text, set=self.settings)


WHOLE: Final = {
    "DenseNet-121": Whole("densenet121", {"input": "64x64x3"}, "densenet121"),
    "GoogLeNet": Whole("googlenet", {"input": "96x96x3"}, "googlenet", {"size": 96}),
    "ResNet-50": Whole("resnet50", {"input": "64x64x3"}, "resnet50"),
    "MobileNet": Whole("mobilenet", {"resolution": 64}, "mobilenet"),
    "U-Net": Whole("unet", {"size": 188}, "unet", batch=1),
    "VGG-16": Whole("vgg16", {"input": "32x32x3"}, "vgg16", {"size": 32}),
}
"""Networks as they are published, on images that are small enough to be done with soon."""

SMALL: Final = {
    "VGG": Whole(
        "vgg",
        {"input": "64x64x3", "depth": [1, 1, 2, 1, 1]},
        "vgg16",
        {"size": 64, "depth": (1, 1, 2, 1, 1), "units": 64},
        batch=2,
        edits=(("fc-4096", "fc-64"),),
    ),
    "ResNet": Whole(
        "resnet50",
        {"input": "64x64x3", "depth": [2, 1, 1, 1]},
        "resnet50",
        {"depth": (2, 1, 1, 1), "narrow": 4},
        batch=2,
        edits=(("-{width}", "-{width//4}"), (r"-{4\*width}", "-{width}")),
    ),
    "MobileNet": Whole(
        "mobilenet",
        {"resolution": 64, "alpha": 0.25},
        "mobilenet",
        {"alpha": 0.25, "repeats": 1},
        batch=2,
        edits=((r"\]\*5", "]*1"),),
    ),
    "GoogLeNet": Whole(
        "googlenet",
        {"input": "80x80x3"},
        "googlenet",
        {"size": 80, "modules": ("3a", "4a", "4d")},
        batch=2,
        edits=((r".*# 4e\n.*\n", ""), (r".*# (3b|4b|4c|5a|5b)\n", "")),
    ),
    "DenseNet": Whole(
        "densenet121",
        {"input": "64x64x3", "depth": [2, 2, 2, 2], "growth": 8},
        "densenet121",
        {"depth": (2, 2, 2, 2), "growth": 8},
        batch=2,
    ),
    "U-Net": Whole(
        "unet", {"size": 188}, "unet", {"width": 4}, batch=1, edits=(("-{width}", "-{width//16}"),)
    ),
}
"""The same with fewer and narrower layers."""


def chirp(number: int, shape: tuple[int, ...]) -> Values:
    """sin(number + i^2) for element i: as good as random, and the same everywhere without a generator."""
    i = np.arange(np.prod(shape, dtype=int), dtype=np.float64)
    return np.sin(number + i * i).reshape(shape)


def numbers(graph: Graph) -> tuple[Tree, Tree]:
    """Parameters and state: kernels as He has them, everything else near its usual value and never at it."""
    params: Tree = {}
    state: Tree = {}
    owned = [(node.name, parameter) for node in graph for parameter in node.parameters]
    for number, (name, parameter) in enumerate(owned):
        tree = params if parameter.trainable else state
        tree.setdefault(name, {})[parameter.name] = _values(number, parameter)
    return params, state


def _values(number: int, parameter: Parameter) -> Values:
    drawn = chirp(number, parameter.shape)
    if parameter.name == "kernel":
        return drawn * np.sqrt(4 / parameter.fans[0])  # a sine's variance is 1/2
    return drawn / 4 + (parameter.name in ("scale", "variance"))


def examples(graph: Graph, batch: int) -> tuple[Values, NDArray[np.int64]]:
    """Inputs, and class ids: one an example, or one a position where the network gives a map."""
    output = graph.shape_of(graph.outputs[0].index)
    ids = np.arange(batch * int(np.prod(output.spatial))) ** 2 % 7919 % output.channels
    return chirp(1, (batch, *graph.input.sizes)), ids.reshape(batch, *output.spatial)


def told(outcome: Outcome) -> dict[str, Any]:
    """A few numbers that tell of the whole step: some of its outputs, and the norm of every array."""
    return {
        "loss": _rounded(outcome.loss),
        "inferred": _some(outcome.inferred),
        "outputs": [_some(output) for output in outcome.outputs],
        "gradients": _norms(outcome.gradients),
        "state": _norms(outcome.state),
        "inferred_after": _some(outcome.inferred_after),
    }


def _some(values: Values) -> list[float]:
    """Four numbers, the first and the last among them."""
    return [_rounded(value) for value in values.ravel()[:: (values.size - 1) // 3][:4]]


def _norms(tree: Tree) -> dict[str, list[float]]:
    """Of each layer's arrays, by name."""
    return {
        layer: [_rounded(np.linalg.norm(own[name])) for name in sorted(own)] for layer, own in tree.items()
    }


def _rounded(value: Any) -> float:
    return float(f"{value:.12g}")
