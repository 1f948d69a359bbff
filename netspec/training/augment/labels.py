"""Label maps, which have to move as their images do."""

from functools import partial
from typing import Any, Protocol

import jax
import jax.numpy as jnp

from netspec.diagnostics import rules
from netspec.engine.losses import NO_LABEL
from netspec.training.faults import fault

Array = jax.Array


class Move(Protocol):
    """Moves the pixels of an image `[height, width, channels]`; with `whole` it blends no values."""

    def __call__(self, key: Array, image: Array, *, whole: bool) -> Array:
        """The moved image."""


def moved(move: Move, keys: Array, x: Array, labels: Any, *, any_size: bool) -> tuple[Array, Any]:
    """Images of a batch, and those of their labels that are maps; class ids of what comes in from outside are no labels.

    Args:
        move: What is done to each.
        keys: One for each example.
        x: Images `[batch, height, width, channels]`.
        labels: Class ids, shares or targets `[batch, ...]`, or a tree of them.
        any_size: The move makes sense of maps of other sizes than the image's.

    Raises:
        TrainError: A map has not the image's height and width.
    """
    both = partial(_map, move, keys, None if any_size else x.shape[1:3])
    return jax.vmap(partial(move, whole=False))(keys, x), jax.tree.map(both, labels)


def _map(move: Move, keys: Array, sizes: tuple[int, ...] | None, labels: Array) -> Array:
    if labels.ndim < 3 or labels.shape[1:3] == (1, 1):
        return labels
    if sizes not in (None, labels.shape[1:3]):
        raise fault(
            rules.UNFIT_STEP,
            "augmentation",
            f"labels of {_by(labels.shape[1:3])} cannot move with images of {_by(sizes)}",
            help="leave out crop, resize and rotation, or give labels of the image's height and width",
        )
    if jnp.issubdtype(labels.dtype, jnp.floating):
        return _each(partial(move, whole=False), keys, labels)
    # 0 comes in from outside. Bytes cannot be below 0.
    return _each(partial(move, whole=True), keys, labels.astype(jnp.int32) - NO_LABEL) + NO_LABEL


def _each(move: Any, keys: Array, labels: Array) -> Array:
    """Labels `[batch, height, width]`, with or without an axis of channels."""
    images = labels.reshape(*labels.shape[:3], -1).astype(jnp.float32)
    changed: Array = jax.vmap(move)(keys, images)
    return changed.reshape(*changed.shape[:3], *labels.shape[3:]).astype(labels.dtype)


def _by(sizes: Any) -> str:
    return "x".join(map(str, sizes))
