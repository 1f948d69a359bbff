"""Losses: the mean over a batch of what each example costs; on maps the mean over positions too.

Sums are taken in float32 at least. A softmax or sigmoid that ends the network is taken together with the logarithm, so
that it neither overflows nor is applied twice.
"""

from collections.abc import Callable
from typing import Any, Final

import jax
import jax.numpy as jnp

from netspec.graph.node import Node
from netspec.language.recipes.losses import Loss
from netspec.layers.activation import Softmax

Array = jax.Array


def loss_of(recipe: Loss, last: Node, values: tuple[Array, Array], labels: Array) -> Array:
    """The loss of one output.

    Args:
        recipe: The loss and its settings.
        last: The node that gives the output.
        values: Its value `[batch, *sizes]` and the value of its first input.
        labels: Class ids `[batch, *positions]`, or shares of classes or targets in the output's shape.
    """
    y, before = (_wide(value) for value in values)
    fused = _FUSED.get(recipe.name) == last.kind
    return _LOSSES[recipe.name](recipe, last, before if fused else y, labels)


_TINY: Final = 1e-30
"""Keeps a batch in which no label counts from dividing 0 by 0."""

_FUSED: Final = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}
"""The last layer that a loss takes together with itself."""

_SINGLE: Final = ("squared_error", "binary_cross_entropy")
"""Losses that make sense of a single output."""


def _wide(y: Array) -> Array:
    return y.astype(jnp.promote_types(y.dtype, jnp.float32))


def label_shape(last: Node, sizes: tuple[int, ...] | None = None) -> tuple[int, ...]:
    """The shape of one example's class ids: one a position, or what a softmax over other axes leaves."""
    sizes = last.shape.sizes if sizes is None else sizes
    return tuple(size for axis, size in enumerate(sizes) if axis not in _class_axes(last, len(sizes)))


def _class_axes(last: Node, rank: int) -> tuple[int, ...]:
    """The axes of one example that hold the classes: a softmax's own, else the channels."""
    if isinstance(last.layer, Softmax):
        return tuple(axis - 1 for axis in last.layer.axes(rank + 1))
    return (rank - 1,)


def _classes_last(last: Node, y: Array) -> Array:
    """`[batch, *positions, classes]`."""
    rank = y.ndim - 1
    classes = _class_axes(last, rank)
    kept = [axis for axis in range(rank) if axis not in classes]
    turned = y.transpose(0, *(axis + 1 for axis in kept), *(axis + 1 for axis in classes))
    return turned.reshape(y.shape[0], *(y.shape[axis + 1] for axis in kept), -1)


def accepts(recipe: Loss, last: Node, y: Array, labels: Array) -> bool:
    """Whether labels fit an output: whole numbers as class ids, anything in the output's shape as shares or targets.

    Yes or no, and one number to be hit, may also be given without the axis of the one output.
    """
    if labels.shape == y.shape:
        return recipe.takes_shares
    if labels.shape != (y.shape[0], *label_shape(last, y.shape[1:])):
        return False
    single = recipe.name in _SINGLE and labels.size == y.size
    return single or bool(jnp.issubdtype(labels.dtype, jnp.integer))


def _targets(last: Node, labels: Array, like: Array) -> Array:
    """Labels as numbers like the outputs `[batch, *positions, classes]`: class ids become one-hot."""
    if labels.ndim == len(last.shape.sizes) + 1:
        return _classes_last(last, labels).astype(like.dtype)
    if like.shape[-1] == 1:
        return labels[..., None].astype(like.dtype)
    return jax.nn.one_hot(labels, like.shape[-1], dtype=like.dtype)


def _cross_entropy(recipe: Any, last: Node, y: Array, labels: Array) -> Array:
    logs = jax.nn.log_softmax(_classes_last(last, y))
    weights = None if recipe.class_weights is None else jnp.array(recipe.class_weights, logs.dtype)
    if labels.ndim == len(last.shape.sizes) + 1:
        shares = _targets(last, labels, logs)
        return -(shares * logs * (1 if weights is None else weights)).sum(-1).mean()
    counted = jnp.ones(labels.shape, logs.dtype) if recipe.ignore is None else labels != recipe.ignore
    ids = jnp.where(counted, labels, 0).astype(jnp.int32)
    # A product with a one-hot mask, whose gradient needs no scatter.
    costs = -(jax.nn.one_hot(ids, logs.shape[-1], dtype=logs.dtype) * logs).sum(-1)
    factors = counted.astype(logs.dtype) * (1 if weights is None else weights[ids])
    if recipe.ignore is None and weights is None:
        return costs.mean()
    return (costs * factors).sum() / jnp.maximum(factors.sum(), _TINY)


def _squared_error(recipe: Any, last: Node, y: Array, labels: Array) -> Array:
    y = _classes_last(last, y)
    squares = (y - _targets(last, labels, y)) ** 2
    each = squares.sum(-1) if recipe.outputs == "sum" else squares.mean(-1)
    factor: float = recipe.factor
    return factor * each.mean()


def _binary_cross_entropy(recipe: Any, last: Node, y: Array, labels: Array) -> Array:
    logits = _classes_last(last, y)
    yes = _targets(last, labels, logits)
    each = jnp.maximum(logits, 0) - logits * yes + jnp.log1p(jnp.exp(-jnp.abs(logits)))
    return each.sum(-1).mean()


def _hinge(recipe: Any, last: Node, y: Array, labels: Array) -> Array:
    y = _classes_last(last, y)
    right = jax.nn.one_hot(labels, y.shape[-1], dtype=y.dtype)
    own = (y * right).sum(-1)
    other = jnp.where(right > 0, -jnp.inf, y).max(-1)
    return jnp.maximum(0, recipe.margin + other - own).mean()


_LOSSES: Final[dict[str, Callable[[Any, Node, Array, Array], Array]]] = {
    "cross_entropy": _cross_entropy,
    "squared_error": _squared_error,
    "binary_cross_entropy": _binary_cross_entropy,
    "hinge": _hinge,
}
"""The losses of `netspec.language.recipes.losses`, whose documentation has their formulas and sources."""
