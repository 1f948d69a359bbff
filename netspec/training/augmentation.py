"""Augmentation: the random changes of the training examples, put together for a batch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import jax
import jax.numpy as jnp

from netspec.language.recipes.augmentations import (
    Augmentation,
    ColorJitter,
    Crop,
    Cutout,
    Flip,
    Mixup,
    Resize,
    Rotation,
)
from netspec.training.augment import blending, colours, moves
from netspec.training.augment.labels import Move, moved
from netspec.training.preprocessing import Affine

Array = jax.Array
Augment = Callable[[Array, Array, Array, Any], tuple[Array, Any]]
Change = Callable[[Array, Array, Any], tuple[Array, Any]]
"""One step of a chain: of the examples' keys, their values and their labels to values and labels."""


@dataclass(frozen=True, eq=False)
class Setting:
    """What steps may need besides their own numbers.

    Attributes:
        window: Height and width of the network's input.
        affine: How the values were preprocessed.
        value_range: Lowest and highest raw value.
        shares: Class ids to shares of classes.
    """

    window: tuple[int, ...]
    affine: Affine
    value_range: tuple[float, float]
    shares: Callable[[Any], Any] | None


def augmenter(
    chain: tuple[Augmentation, ...],
    sizes: tuple[int, ...],
    affine: Affine,
    value_range: tuple[float, float],
    *,
    shares: Callable[[Any], Any] | None = None,
) -> Augment:
    """A chain of augmentations as one function, which jax may compile.

    The function takes a key, the places of the examples in their data set, int32 `[batch]`, preprocessed images
    `[batch, height, width, channels]` of any height and width, and their labels (or a tree of them); it gives images
    of the input's sizes, and labels. How an example is changed follows from the key, its place and the step's place in
    the chain alone, whatever batch it is in; only `mixup` takes another example from the batch. Labels that are maps
    move with their images; where the image had no such place, class ids become -1, which no loss counts, and targets 0.

    Args:
        chain: The `augmentation` of the `train:` section.
        sizes: Of the network's input.
        affine: How the values were preprocessed; colours are changed in raw values.
        value_range: Lowest and highest raw value, which colours are kept within.
        shares: Labels to shares of classes, one-hot, for chains that blend labels; it leaves targets as they are.

    Raises:
        ValueError: A chain that blends labels is given no `shares`.
        TrainError: When called, of sizes that a step cannot be done to.
    """
    if shares is None and any(step.blends_labels for step in chain):
        raise ValueError("a chain that blends labels needs `shares`")
    setting = Setting(sizes[:2], affine, value_range, shares)
    changes = [(place, _CHANGES[step.name](step, setting)) for place, step in _steps(chain)]

    def augment(key: Array, places: Array, x: Array, labels: Any) -> tuple[Array, Any]:
        own, kind = jax.vmap(jax.random.fold_in, (None, 0))(key, places), x.dtype
        x = x.astype(jnp.float32)
        for place, change in changes:
            x, labels = change(jax.vmap(jax.random.fold_in, (0, None))(own, place), x, labels)
        return x.astype(kind), labels

    return augment


def stored_sizes(chain: tuple[Augmentation, ...], sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes in which a source of images of any size should give them.

    They have the input's proportions, and are as large as the largest that `resize` draws, so that it never scales up.
    """
    short = min(sizes[:2])
    side = max([short, *(step.largest or step.side for step in chain if isinstance(step, Resize))])
    return (*(-(-size * side // short) for size in sizes[:2]), *sizes[2:])


def _steps(chain: tuple[Augmentation, ...]) -> Iterator[tuple[int, Any]]:
    """The steps with their places, a `resize` together with the `crop` right after it, or else one without padding."""
    before: Augmentation | None = None
    for place, (step, after) in enumerate(zip(chain, (*chain[1:], None), strict=True)):
        if isinstance(step, Resize):
            yield place, moves.Zoom(step, after if isinstance(after, Crop) else Crop(padding=0))
        elif not (isinstance(step, Crop) and isinstance(before, Resize)):
            yield place, step
        before = step


def _moving(move: Move, *, any_size: bool = False) -> Change:
    return partial(moved, move, any_size=any_size)


def _flip(step: Flip, setting: Setting) -> Change:
    del setting
    return _moving(partial(moves.flip, step), any_size=True)


def _crop(step: Crop, setting: Setting) -> Change:
    return _moving(partial(moves.crop, step, setting.window))


def _zoom(step: moves.Zoom, setting: Setting) -> Change:
    return _moving(partial(moves.zoom, step, setting.window))


def _rotation(step: Rotation, setting: Setting) -> Change:
    del setting
    return _moving(partial(moves.rotation, step))


def _color_jitter(step: ColorJitter, setting: Setting) -> Change:
    low, high = setting.value_range
    span = high - low or 1.0

    def jittered(key: Array, image: Array) -> Array:
        unit = (setting.affine.undo(image) - low) / span
        planes = colours.color_jitter(step, key, jnp.moveaxis(unit, -1, 0))
        prepared: Array = setting.affine.apply(jnp.moveaxis(planes, 0, -1) * span + low)
        return prepared

    return partial(_on_images, jittered)


def _cutout(step: Cutout, setting: Setting) -> Change:
    del setting
    return partial(_on_images, partial(blending.cutout, step))


def _mixup(step: Mixup, setting: Setting) -> Change:
    shares = setting.shares
    assert shares is not None
    return lambda keys, x, labels: blending.mixup(step, keys, x, shares(labels))


def _on_images(
    change: Callable[[Array, Array], Array], keys: Array, x: Array, labels: Any
) -> tuple[Array, Any]:
    return jax.vmap(change)(keys, x), labels


_CHANGES: Final[dict[str, Callable[[Any, Setting], Change]]] = {
    "flip": _flip,
    "crop": _crop,
    "resize": _zoom,
    "rotation": _rotation,
    "color_jitter": _color_jitter,
    "cutout": _cutout,
    "mixup": _mixup,
}
"""The kinds of `netspec.language.recipes.augmentations`, whose documentation has their sources."""
