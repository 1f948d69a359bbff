"""How good a network is: sums over examples, and the numbers that people read."""

import operator
from typing import Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from netspec.engine.losses import (
    are_targets,
    class_count,
    classes_last,
    counts,
    has_shares,
    loss_sums,
    over_positions,
    read_by,
)
from netspec.graph.node import Node
from netspec.language.recipes.losses import Loss

Array = jax.Array

MOST_CLASSES: Final = 1000
"""Above this no confusion is kept."""
TOP: Final = 5
"""Among how many classes the own one counts as found by `top5_accuracy`."""


class Judged(NamedTuple):
    """Sums over examples; of a map over its positions. Labels that are no classes leave every count at 0.

    The structure depends on the loss and the network's last node alone, so that the sums can be carried through a loop.
    """

    cost: Array
    """float32."""
    weight: Array
    """float32; cost / weight is the loss."""
    correct: Array
    """Those whose class is the one that the network tells; int32."""
    top5: Array | None
    """Those whose class is among the five highest; None for five classes or fewer, of which that says nothing."""
    counted: Array
    """Those that have a class which counts; int32. Beyond 2^31 - 1 of them add up what `on_host` gives."""
    confusion: Array | None
    """`[i, j]` counts those of class i that were told to be of class j, int32 `[classes, classes]`; None for a single
    number or more than 1000 classes. `_replace(confusion=None)` spares computing it."""


def judge(
    recipe: Loss,
    last: Node,
    values: tuple[Array, Array],
    labels: Array,
    mask: Array | None = None,
    *,
    blended: bool = False,
) -> Judged:
    """The sums of a batch, for use inside `jax.jit` too.

    The network tells the class with the highest value, the first of equal ones; a single output under
    `binary_cross_entropy` tells class 1 above even odds. A label of shares is of the class with the largest one; where
    several classes have it, of the one that was told, if it is among them.

    Args:
        recipe: The loss.
        last: The node that gives the output.
        values: Its value `[batch, *sizes]` and the value of its first input.
        labels: As the loss takes them.
        mask: Which examples count, bool `[batch]`; not given: all of them.
        blended: The labels were class ids before they became shares. That matters for `squared_error` alone, where
            labels in the output's shape are else numbers to be hit, and no classes.
    """
    cost, weight = loss_sums(recipe, last, values, labels, mask)
    sums = nothing(recipe, last)._replace(cost=cost.astype(jnp.float32), weight=weight.astype(jnp.float32))
    if not classes_judged(recipe, last, labels, blended=blended):
        return sums
    counted = counts(recipe, last, labels)
    if mask is not None:
        counted &= over_positions(mask, counted.shape)
    scores = classes_last(last, read_by(recipe, last, values))
    if scores.shape[-1] == 1:
        scores, labels = _as_two(last, scores, labels)
    told = scores.argmax(-1).astype(jnp.int32)
    own, has_one = _own_class(last, labels, told)
    counted &= has_one
    return sums._replace(
        correct=_number(counted & (told == own)),
        top5=None if sums.top5 is None else _number(counted & (_ahead(scores, own) < TOP)),
        counted=_number(counted),
        confusion=None
        if sums.confusion is None
        else sums.confusion.at[own, told].add(counted.astype(jnp.int32)),
    )


def nothing(recipe: Loss, last: Node) -> Judged:
    """The sums of no examples, in the structure that `judge` gives. Each is an array of its own, and may be donated."""
    classes = _classes_told(recipe, last)
    return Judged(
        cost=jnp.zeros((), jnp.float32),
        weight=jnp.zeros((), jnp.float32),
        correct=jnp.zeros((), jnp.int32),
        top5=jnp.zeros((), jnp.int32) if classes > TOP else None,
        counted=jnp.zeros((), jnp.int32),
        confusion=jnp.zeros((classes, classes), jnp.int32) if 0 < classes <= MOST_CLASSES else None,
    )


def added(a: Judged, b: Judged) -> Judged:
    """The sums over the examples of both."""
    both: Judged = jax.tree.map(operator.add, a, b)
    return both


def on_host(judged: Judged) -> Judged:
    """The same sums as numpy arrays of 64 bits, which no data set overflows."""
    wide = {"f": np.float64, "i": np.int64}
    fetched: Judged = jax.tree.map(lambda a: a.astype(wide[a.dtype.kind]), jax.device_get(judged))
    return fetched


def metrics(judged: Judged) -> dict[str, float]:
    """`loss`, the mean that training makes small; `accuracy` and `top5_accuracy` where they make sense, as shares of 1.

    The loss of no examples is 0.
    """
    weight, count = float(judged.weight), int(judged.counted)
    found = {"loss": float(judged.cost) / weight if weight else 0.0}
    if count:
        found["accuracy"] = int(judged.correct) / count
    if count and judged.top5 is not None:
        found["top5_accuracy"] = int(judged.top5) / count
    return found


def classes_judged(recipe: Loss, last: Node, labels: Array, *, blended: bool = False) -> int:
    """How many classes such labels are told right or wrong in; 0 where they are numbers. The arguments are `judge`'s."""
    targets = are_targets(recipe, last, labels) and not blended
    return 0 if targets else _classes_told(recipe, last)


def _classes_told(recipe: Loss, last: Node) -> int:
    """How many classes the output tells apart; 0 for a single number that is no yes or no."""
    classes = class_count(last)
    if classes > 1:
        return classes
    return 2 if recipe.name == "binary_cross_entropy" else 0


def _as_two(last: Node, logits: Array, labels: Array) -> tuple[Array, Array]:
    """Values of the two classes that a single output tells apart, no and yes, and class ids for its labels."""
    yes = classes_last(last, labels)[..., 0] if has_shares(last, labels) else labels
    return jnp.concatenate([jnp.zeros_like(logits), logits], -1), (yes > 0.5).astype(jnp.int32)


def _own_class(last: Node, labels: Array, told: Array) -> tuple[Array, Array]:
    """The class of each label, and whether it has one."""
    if not has_shares(last, labels):
        return labels.astype(jnp.int32), jnp.ones(labels.shape, jnp.bool_)
    shares = classes_last(last, labels)
    largest = shares.max(-1)
    of_told = jnp.take_along_axis(shares, told[..., None], -1)[..., 0]
    return jnp.where(of_told >= largest, told, shares.argmax(-1).astype(jnp.int32)), largest > 0


def _ahead(scores: Array, own: Array) -> Array:
    """How many classes come before the own one; of equal ones the lower id comes first, and what is no number before all."""
    score = jnp.take_along_axis(scores, own[..., None], -1)
    first = jnp.arange(scores.shape[-1]) < own[..., None]
    return (~(scores <= score) | ((scores == score) & first)).sum(-1)


def _number(which: Array) -> Array:
    return which.sum(dtype=jnp.int32)
