"""Losses: the mean over a batch of what each example costs; on maps the mean over positions too.

Sums are taken in float32 at least. A softmax or sigmoid that ends the network is taken together with the logarithm, so
that it neither overflows nor is applied twice. A label below 0 is no label: `counts` has the rule.
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
        labels: Class ids `[batch, *positions]`, or shares of classes or targets in the output's shape. Those that do
            not count (`counts`) are left out of the mean; where none does, the loss is 0.
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
        Two scalars, float32 at least. An example or position weighs 1, or with `class_weights` as much as its class,
        and 0 where its label does not count.
    """
    scores, counted = classes_last(last, read_by(recipe, last, values)), counts(recipe, last, labels)
    if mask is not None:
        counted &= over_positions(mask, counted.shape)
    # What is left out may not be finite, nor may its gradient.
    if has_shares(last, labels):
        labels = jnp.where(counted[..., None], classes_last(last, labels), 0)
    else:
        labels = jnp.where(counted, labels, 0)
    costs, weights = _LOSSES[recipe.name](recipe, scores, labels)
    weights = jnp.where(counted, weights, jnp.zeros((), costs.dtype))
    return (jnp.where(counted, costs, 0) * weights).sum(), weights.sum()


def counts(recipe: Loss, last: Node, labels: Array) -> Array:
    """Which labels count, bool `[batch, *positions]`: a label below 0 is no label, whatever the loss.

    The loss's `ignore` is one id more that does not count. In the output's shape a label counts where none of its numbers
    is below 0, and for `cross_entropy` where it has a share of some class. Numbers to be hit may be below 0; of those
    minus infinity, `NO_SHARE`, is no label.
    """
    if has_shares(last, labels):
        numbers = classes_last(last, labels)
        counted = ~_below(recipe, last, numbers).any(-1)
        return counted & (numbers > 0).any(-1) if recipe.name == "cross_entropy" else counted
    counted, ignore = ~_below(recipe, last, labels), getattr(recipe, "ignore", None)
    return counted if ignore is None else counted & (labels != ignore)


NO_LABEL: Final = -1
"""The class id of what has no label, such as what lies outside an image."""
NO_SHARE: Final = -jnp.inf
"""What stands for it in labels that are no ids, also where others are added to it."""


def _below(recipe: Loss, last: Node, labels: Array) -> Array:
    if not are_targets(recipe, last, labels):
        return labels < 0
    floating = jnp.issubdtype(labels.dtype, jnp.floating)
    return jnp.isneginf(labels) if floating else jnp.zeros(labels.shape, jnp.bool_)


def are_targets(recipe: Loss, last: Node, labels: Array) -> bool:
    """Whether labels are numbers to be hit, and neither class ids nor shares."""
    return recipe.name == "squared_error" and (has_shares(last, labels) or class_count(last) == 1)


def read_by(recipe: Loss, last: Node, values: tuple[Array, Array]) -> Array:
    """The value that a loss reads: the last one, or what is before a softmax or sigmoid that the loss takes itself."""
    y, before = values
    return _wide(before if skips(recipe, last) else y)


def skips(recipe: Loss, last: Node) -> bool:
    """Whether a loss takes the softmax or sigmoid that gives the output itself, so that no gradient arrives there."""
    return _FUSED.get(recipe.name) == last.kind


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


def _targets(labels: Array, like: Array) -> Array:
    """Labels as numbers like the outputs `[batch, *positions, classes]`: class ids become one-hot."""
    if labels.ndim == like.ndim:
        return labels.astype(like.dtype)
    if like.shape[-1] == 1:
        return labels[..., None].astype(like.dtype)
    return jax.nn.one_hot(labels, like.shape[-1], dtype=like.dtype)


Costs = tuple[Array, Array]
"""What each example or position costs, and what it weighs, `[batch, *positions]` or a scalar."""


def _cross_entropy(recipe: Any, y: Array, labels: Array) -> Costs:
    logs, one = jax.nn.log_softmax(y), jnp.ones((), y.dtype)
    weights = None if recipe.class_weights is None else jnp.array(recipe.class_weights, y.dtype)
    if labels.ndim == y.ndim:
        return -(_targets(labels, y) * logs * (one if weights is None else weights)).sum(-1), one
    ids = labels.astype(jnp.int32)
    # A product with a one-hot mask, whose gradient needs no scatter.
    costs = -(jax.nn.one_hot(ids, y.shape[-1], dtype=y.dtype) * logs).sum(-1)
    return costs, one if weights is None else weights[ids]


def _squared_error(recipe: Any, y: Array, labels: Array) -> Costs:
    squares = (y - _targets(labels, y)) ** 2
    costs = squares.sum(-1) if recipe.outputs == "sum" else squares.mean(-1)
    return recipe.factor * costs, jnp.ones((), y.dtype)


def _binary_cross_entropy(recipe: Any, y: Array, labels: Array) -> Costs:
    del recipe
    each = jnp.maximum(y, 0) - y * _targets(labels, y) + jnp.log1p(jnp.exp(-jnp.abs(y)))
    return each.sum(-1), jnp.ones((), y.dtype)


def _hinge(recipe: Any, y: Array, labels: Array) -> Costs:
    right = jax.nn.one_hot(labels, y.shape[-1], dtype=y.dtype)
    own = (y * right).sum(-1)
    other = jnp.where(right > 0, -jnp.inf, y).max(-1)
    return jnp.maximum(0, recipe.margin + other - own), jnp.ones((), y.dtype)


_LOSSES: Final[dict[str, Callable[[Any, Array, Array], Costs]]] = {
    "cross_entropy": _cross_entropy,
    "squared_error": _squared_error,
    "binary_cross_entropy": _binary_cross_entropy,
    "hinge": _hinge,
}
"""The losses of `netspec.language.recipes.losses`, whose documentation has their formulas and sources."""
