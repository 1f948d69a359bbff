"""Labels as shares of classes, and smoothed ones."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from netspec.engine.losses import class_count, classes_last, has_shares, in_output_shape
from netspec.engine.model import Model
from netspec.graph.node import Node

Array = jax.Array


def smoothed(labels: Any, model: Model, share: float) -> Any:
    """The labels of a batch, smoothed as its outputs take them.

    Args:
        labels: As `Model.loss` takes them; with heads they may be given by output.
        model: The network, with its loss.
        share: As for `label_smoothing`.

    Returns:
        Shares in the shape of the output, float32; with heads by output.
    """
    ignore = getattr(model.objective, "ignore", None)
    found = {
        output.name: _smoothed(
            model.graph.nodes[output.index],
            labels[output.name] if isinstance(labels, Mapping) else labels,
            share,
            ignore,
        )
        for output in model.graph.outputs
    }
    return found if len(found) > 1 else found[model.graph.outputs[0].name]


def _smoothed(last: Node, labels: Array, share: float, ignore: int | None) -> Array:
    classes = class_count(last)
    own = classes_last(last, labels) if has_shares(last, labels) and classes > 1 else labels
    spread = label_smoothing(own, classes, share, ignore)
    return in_output_shape(last, spread) if classes > 1 else spread


def label_smoothing(labels: Array, classes: int, share: float, ignore: int | None = None) -> Array:
    """(1 - share) * label + share / classes: a part of each label is spread over all classes.

    Source: Szegedy et al. 2016, arXiv:1512.00567, section 7.

    Args:
        labels: Class ids `[batch, *positions]` in whole numbers, or shares `[batch, *positions, classes]`. With one
            class: yes or no, in any shape, as two classes between which it is spread.
        classes: How many there are.
        share: The part, from 0 and below 1.
        ignore: The id that does not count.

    Returns:
        Shares `[batch, *positions, classes]`, float32 for ids; for one class in the labels' shape. Each sums to what the
        label did: a label that does not count has no share of any class, and keeps none.
    """
    if classes == 1:
        return (1 - share) * _real(labels) + share / 2
    shares = shares_of(labels, classes, ignore)
    return (1 - share) * shares + share / classes * shares.sum(-1, keepdims=True)


def shares_of(labels: Array, classes: int, ignore: int | None = None) -> Array:
    """Class ids as shares, float32 `[batch, *positions, classes]`: all of its own class.

    An id that does not count, or is none of the classes, has no share at all. Shares stay as they are.
    """
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        return labels
    shares = jax.nn.one_hot(labels, classes, dtype=jnp.float32)
    return shares if ignore is None else jnp.where((labels != ignore)[..., None], shares, 0)


def _real(labels: Array) -> Array:
    return labels if jnp.issubdtype(labels.dtype, jnp.floating) else labels.astype(jnp.float32)
