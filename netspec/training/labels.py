"""Labels as shares of classes, smoothed ones, and labels as numbers to be hit."""

from collections.abc import Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from netspec.engine.losses import (
    NO_SHARE,
    are_targets,
    class_count,
    classes_last,
    counts,
    has_shares,
    in_output_shape,
)
from netspec.engine.model import Model
from netspec.graph.node import Node
from netspec.language.recipes.losses import Loss

Array = jax.Array


def smoothed(labels: Any, model: Model, share: float) -> Any:
    """The labels of a batch, smoothed as its outputs take them.

    Args:
        labels: As `Model.loss` takes them; with heads they may be given by output.
        model: The network, with its loss.
        share: As for `label_smoothing`.

    Returns:
        Shares in the shape of the output, float32; with heads by output. What does not count is `NO_SHARE`.
    """
    found = {
        name: _smoothed(
            model.objective,
            model.graph.nodes[index],
            labels[name] if isinstance(labels, Mapping) else labels,
            share,
        )
        for name, index in _outputs(model)
    }
    return found if len(found) > 1 else found[model.graph.outputs[0].name]


def _smoothed(recipe: Loss, last: Node, labels: Array, share: float) -> Array:
    classes, counted = class_count(last), counts(recipe, last, labels)
    if classes == 1:
        return jnp.where(counted.reshape(labels.shape), label_smoothing(labels, 1, share), NO_SHARE)
    own = classes_last(last, labels) if has_shares(last, labels) else labels
    spread = jnp.where(counted[..., None], label_smoothing(own, classes, share), NO_SHARE)
    return in_output_shape(last, spread)


def with_targets(labels: Any, model: Model) -> Any:
    """The labels of a batch, numbers to be hit as float32: of whole numbers -1 would be taken for what is missing."""
    if isinstance(labels, Mapping):
        return {name: _target(labels[name], model, index) for name, index in _outputs(model)}
    return _target(labels, model, model.graph.outputs[0].index)


def _outputs(model: Model) -> Iterator[tuple[str, int]]:
    return ((output.name, output.index) for output in model.graph.outputs)


def _target(labels: Array, model: Model, index: int) -> Array:
    return _real(labels) if are_targets(model.objective, model.graph.nodes[index], labels) else labels


def label_smoothing(labels: Array, classes: int, share: float) -> Array:
    """(1 - share) * label + share / classes: a part of each label is spread over all classes.

    Source: Szegedy et al. 2016, arXiv:1512.00567, section 7.

    Args:
        labels: Class ids `[batch, *positions]` in whole numbers, or shares `[batch, *positions, classes]`. With one
            class: yes or no, in any shape, as two classes between which it is spread.
        classes: How many there are.
        share: The part, from 0 and below 1.

    Returns:
        Shares `[batch, *positions, classes]`, float32 for ids; for one class in the labels' shape. Each sums to what the
        label did.
    """
    if classes == 1:
        return (1 - share) * _real(labels) + share / 2
    shares = shares_of(labels, classes)
    return (1 - share) * shares + share / classes * shares.sum(-1, keepdims=True)


def shares_of(labels: Array, classes: int) -> Array:
    """Class ids as shares, float32 `[batch, *positions, classes]`: all of its own class. Shares stay as they are.

    An id that is none of the classes has no share at all.
    """
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        return labels
    return jax.nn.one_hot(labels, classes, dtype=jnp.float32)


def _real(labels: Array) -> Array:
    return labels if jnp.issubdtype(labels.dtype, jnp.floating) else labels.astype(jnp.float32)
