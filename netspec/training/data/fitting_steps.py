"""Whether preprocessing and augmentation can be done to the network's input."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from netspec.diagnostics import Finding, Span, rules
from netspec.graph.node import Graph
from netspec.language.recipes.augmentations import Augmentation, Crop, Resize
from netspec.language.spec import Spec
from netspec.language.train_section import Train
from netspec.layers.base import Shape
from netspec.training.data import spans

_ON_IMAGES: Final = ("flip", "crop", "resize", "rotation", "color_jitter", "cutout")
"""Augmentations of two spatial axes."""

_COLOURS: Final = 3


def unfit_steps(spec: Spec, graph: Graph, train: Train) -> Iterator[Finding]:
    """A finding for each step that cannot be done, at the chain that it stands in."""
    span = spans.of_key(spec, "train", "preprocessing") or spans.of_input(spec)
    steps: Any = train.preprocessing
    if steps is None:
        steps, span = (spec.input,) if spec.input else (), spans.of_input(spec)
    for wrong in _preprocessing(steps, graph.input):
        yield Finding.at(rules.UNFIT_STEP, span, wrong)
    span = spans.of_key(spec, "train", "augmentation") or spans.of_input(spec)
    for step in train.augmentation:
        if wrong := _augmentation(step, graph.input):
            yield Finding.at(rules.UNFIT_STEP, span, wrong)
    if graph.input.rank == 2 and graph.input.tokens is None:
        yield from _windows(train.augmentation, graph.input, span)
        yield from _padding(train.augmentation, graph.input, span)


def _preprocessing(steps: Any, shape: Shape) -> Iterator[str]:
    for step in steps:
        name = getattr(step, "name", "input")
        if name != "input" and shape.tokens is not None:
            yield f"`{name}` works on values, and the input is token ids"
        for field in ("mean", "std"):
            numbers = getattr(step, field, None)
            if isinstance(numbers, tuple) and len(numbers) != (channels := shape.channels):
                yield f"`{name}` has {len(numbers):,} numbers as `{field}`, and the input {shape} has {channels:,} {_noun(channels)}"


def _noun(channels: int) -> str:
    return "channel" if channels == 1 else "channels"


def _augmentation(step: Augmentation, shape: Shape) -> str:
    if shape.tokens is not None:
        return f"`{step.name}` works on values, and the input is token ids"
    if step.name in _ON_IMAGES and shape.rank != 2:
        axes = "axis" if shape.rank == 1 else "axes"
        return f"`{step.name}` works on images, and the input {shape} has {shape.rank} spatial {axes}"
    if step.name == "color_jitter" and shape.channels != _COLOURS:
        return f"`color_jitter` works on {_COLOURS} channels, and the input {shape} has {shape.channels:,}"
    return ""


def _windows(chain: tuple[Augmentation, ...], shape: Shape, span: Span) -> Iterator[Finding]:
    """Images that `resize` makes smaller than the window that is then cut out of them."""
    short = min(shape.spatial)
    for step, after in pairwise((*chain, None)):
        padding = after.padding if isinstance(after, Crop) else 0
        if isinstance(step, Resize) and any(
            size * step.side // short + 2 * padding < size for size in shape.spatial
        ):
            message = f"`resize({step.side})` leaves less than the input {shape}, which is then cut out"
            yield Finding.at(rules.UNFIT_STEP, span, message, help=f"`resize({short})` or more")


def _padding(chain: tuple[Augmentation, ...], shape: Shape, span: Span) -> Iterator[Finding]:
    """Borders so wide that a window may lie beside the image."""
    for before, step in pairwise((None, *chain)):
        side = before.side if isinstance(before, Resize) else min(shape.spatial)
        if isinstance(step, Crop) and step.padding >= side:
            message = f"`crop({step.padding})` pads images of {side:,} pixels by as much or more, and windows may show nothing of them"
            help_ = f"`crop({max(side // 8, 1)})` moves them by up to an eighth"
            yield Finding.at(rules.UNFIT_STEP, span, message, help=help_)
