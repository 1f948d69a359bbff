"""Losses: the mean over a batch of what each example costs; on maps the mean over positions too.

Sums are taken in float32 at least. A softmax or sigmoid that ends the network is taken together with the logarithm, so
that it neither overflows nor is applied twice.
"""

from collections.abc import Callable
from math import prod
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
    cost, weight = loss_sums(recipe, last, values, labels)
    return cost / jnp.maximum(weight, _TINY)


def loss_sums(
    recipe: Loss, last: Node, values: tuple[Array, Array], labels: Array, mask: Array | None = None
) -> tuple[Array, Array]:
    """What a batch costs and what it weighs. Both add up over batches, and their ratio is the loss.

    Args:
        recipe: The loss and its settings.
        last: The node that gives the output.
        values: Its value `[batch, *sizes]` and the value of its first input.
        labels: As for `loss_of`.
        mask: Which examples count, bool `[batch]`; not given: all of them.

    Returns:
        Two scalars, float32 at least. An example or position weighs 1, or with `class_weights` as much as its class.
    """
    costs, weights = _LOSSES[recipe.name](recipe, last, read_by(recipe, last, values), labels)
    if mask is not None:
        counted = over_positions(mask, costs.shape)
        # What is left out may not be finite.
        costs = jnp.where(counted, costs, 0)
        weights = counted.astype(costs.dtype) if weights is None else jnp.where(counted, weights, 0)
    if weights is None:
        return costs.sum(), jnp.asarray(costs.size, costs.dtype)
    return (costs * weights).sum(), weights.sum()


def read_by(recipe: Loss, last: Node, values: tuple[Array, Array]) -> Array:
    """The value that a loss reads: the last one, or what is before a softmax or sigmoid that the loss takes itself."""
    y, before = values
    return _wide(before if _FUSED.get(recipe.name) == last.kind else y)


def over_positions(mask: Array, shape: tuple[int, ...]) -> Array:
    """A mask over examples `[batch]` as one over all their positions, `[batch, *positions]`."""
    return jnp.broadcast_to(mask.reshape(-1, *(1,) * (len(shape) - 1)), shape)


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


def class_count(last: Node) -> int:
    """How many classes an output tells apart; 1 for a single number."""
    sizes = last.shape.sizes
    return prod(sizes[axis] for axis in _class_axes(last, len(sizes)))


def classes_last(last: Node, y: Array) -> Array:
    """An output's values as `[batch, *positions, classes]`."""
    order = _order(last, y.ndim - 1)
    positions = (y.shape[axis] for axis in order[: y.ndim - len(_class_axes(last, y.ndim - 1))])
    return y.transpose(order).reshape(*positions, -1)


def in_output_shape(last: Node, shares: Array) -> Array:
    """`[batch, *positions, classes]` in the shape of an output: the inverse of `classes_last`."""
    sizes = (shares.shape[0], *last.shape.sizes)
    order = _order(last, len(sizes) - 1)
    turned = shares.reshape([sizes[axis] for axis in order])
    return turned.transpose([order.index(axis) for axis in range(len(order))])


def _order(last: Node, rank: int) -> list[int]:
    """The axes of a batch of outputs, those of the classes last."""
    classes = [axis + 1 for axis in _class_axes(last, rank)]
    return [axis for axis in range(rank + 1) if axis not in classes] + classes


def has_shares(last: Node, labels: Array) -> bool:
    """Whether labels are in the output's shape, and not class ids."""
    return labels.ndim == len(last.shape.sizes) + 1


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
    if has_shares(last, labels):
        return classes_last(last, labels).astype(like.dtype)
    if like.shape[-1] == 1:
        return labels[..., None].astype(like.dtype)
    return jax.nn.one_hot(labels, like.shape[-1], dtype=like.dtype)


Costs = tuple[Array, Array | None]
"""What each example or position costs, `[batch, *positions]`, and what it weighs; None where each weighs 1."""


def _cross_entropy(recipe: Any, last: Node, y: Array, labels: Array) -> Costs:
    logs = jax.nn.log_softmax(classes_last(last, y))
    weights = None if recipe.class_weights is None else jnp.array(recipe.class_weights, logs.dtype)
    if has_shares(last, labels):
        shares = _targets(last, labels, logs)
        costs = -(shares * logs * (1 if weights is None else weights)).sum(-1)
        # A label that does not count has become no share of any class.
        return costs, None if recipe.ignore is None else (shares > 0).any(-1).astype(logs.dtype)
    counted = jnp.ones(labels.shape, logs.dtype) if recipe.ignore is None else labels != recipe.ignore
    ids = jnp.where(counted, labels, 0).astype(jnp.int32)
    # A product with a one-hot mask, whose gradient needs no scatter.
    costs = -(jax.nn.one_hot(ids, logs.shape[-1], dtype=logs.dtype) * logs).sum(-1)
    if recipe.ignore is None and weights is None:
        return costs, None
    return costs, counted.astype(logs.dtype) * (1 if weights is None else weights[ids])


def _squared_error(recipe: Any, last: Node, y: Array, labels: Array) -> Costs:
    y = classes_last(last, y)
    squares = (y - _targets(last, labels, y)) ** 2
    return recipe.factor * (squares.sum(-1) if recipe.outputs == "sum" else squares.mean(-1)), None


def _binary_cross_entropy(recipe: Any, last: Node, y: Array, labels: Array) -> Costs:
    logits = classes_last(last, y)
    yes = _targets(last, labels, logits)
    each = jnp.maximum(logits, 0) - logits * yes + jnp.log1p(jnp.exp(-jnp.abs(logits)))
    return each.sum(-1), None


def _hinge(recipe: Any, last: Node, y: Array, labels: Array) -> Costs:
    y = classes_last(last, y)
    right = jax.nn.one_hot(labels, y.shape[-1], dtype=y.dtype)
    own = (y * right).sum(-1)
    other = jnp.where(right > 0, -jnp.inf, y).max(-1)
    return jnp.maximum(0, recipe.margin + other - own), None


_LOSSES: Final[dict[str, Callable[[Any, Node, Array, Array], Costs]]] = {
    "cross_entropy": _cross_entropy,
    "squared_error": _squared_error,
    "binary_cross_entropy": _binary_cross_entropy,
    "hinge": _hinge,
}
"""The losses of `netspec.language.recipes.losses`, whose documentation has their formulas and sources."""
