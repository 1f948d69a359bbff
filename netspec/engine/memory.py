"""What a training step takes, as XLA plans it, and which blocks to rematerialize so that it fits."""

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any

import jax
import jax.numpy as jnp

from netspec.engine.model import Model
from netspec.engine.program import Plan
from netspec.engine.segments import Segment, segments


def step_bytes(model: Model, batch: int, slots: int) -> int:
    """Bytes of one training step compiled for this machine: arguments, gradients, working memory, optimizer slots.

    `slots` is how many values the optimizer keeps for each trained one.
    """
    arguments = model.step_structs(batch)
    planned: Any = model.compiled_step(batch).memory_analysis()
    return int(
        planned.argument_size_in_bytes
        + planned.output_size_in_bytes
        + planned.temp_size_in_bytes
        + slots * tree_bytes(arguments[0])
    )


def kept_bytes(model: Model, batch: int) -> int:
    """Bytes that the forward pass of training keeps for the backward pass, parameters included; nothing is compiled."""

    def pull(params: Any, state: Any, labelled: Any, key: Any) -> Any:
        return jax.vjp(lambda p: model.loss(p, state, labelled, key)[0], params)[1]

    return tree_bytes(jax.eval_shape(pull, *model.step_structs(batch)))


def fitting(model: Model, limit: int, batch: int, slots: int) -> Model:
    """The model with as few blocks rematerialized as a limit in bytes asks for, those first that free most.

    Compiles the step once, or a few times where something has to go.

    Raises:
        ValueError: It does not fit with all blocks rematerialized either.
    """
    taken = step_bytes(model, batch, slots)
    if taken <= limit:
        return model
    order = sorted(segments(model.graph.nodes), key=lambda s: freed(model, s), reverse=True)
    beside = taken - kept_bytes(model, batch)
    count = _first(len(order), lambda k: beside + kept_bytes(_with(model, order[:k]), batch) <= limit)
    while True:
        smaller = _with(model, order[:count])
        taken = step_bytes(smaller, batch, slots)
        if taken <= limit:
            return smaller
        if count == len(order):
            raise ValueError(
                f"a training step at batch {batch} takes {taken:,} bytes with every block rematerialized, "
                f"more than the {limit:,} there are"
            )
        count = min(len(order), count + max(1, len(order) // 4))


def freed(model: Model, segment: Segment) -> int:
    """Values of one example that the backward pass need not find, when it computes the segment again."""
    given = set(segment.gives(model.graph, ()))
    return sum(node.shape.elements for node in segment.nodes if node.index not in given)


def tree_bytes(tree: Any) -> int:
    """Bytes of all arrays, or of arrays like them."""
    return sum(
        prod(leaf.shape) * leaf.dtype.itemsize
        for leaf in jax.tree.leaves(tree)
        if not jnp.issubdtype(leaf.dtype, jax.dtypes.extended)
    )


def _with(model: Model, chosen: list[Segment]) -> Model:
    return replace(model, plan=Plan(frozenset(segment.name for segment in chosen), model.plan.scan))


def _first(most: int, holds: Callable[[int], bool]) -> int:
    """The smallest count from 1 on for which a predicate that stays true holds, or `most`."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
