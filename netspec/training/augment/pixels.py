"""Pixels of an image, wherever they are asked for, also outside of it."""

from collections.abc import Callable
from typing import Final

import jax
import jax.numpy as jnp

from netspec.language.recipes.augmentations import Fill

Array = jax.Array


def at(image: Array, rows: Array, columns: Array, fill: Fill) -> Array:
    """The pixels `[..., channels]` of an image `[height, width, channels]` at rows and columns, int32 `[...]`."""
    height, width, channels = image.shape
    row, column = _OUTSIDE[fill](rows, height), _OUTSIDE[fill](columns, width)
    pixels = image.reshape(-1, channels)[row * width + column]
    if fill != "zeros":
        return pixels
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return pixels * inside[..., None]


def window(image: Array, rows: Array, columns: Array, fill: Fill) -> Array:
    """The pixels `[r, c, channels]` where rows `[r]` and columns `[c]` cross."""
    return at(image, rows[:, None], columns, fill)


def _repeated(places: Array, size: int) -> Array:
    return jnp.clip(places, 0, size - 1)


def _mirrored(places: Array, size: int) -> Array:
    """Mirrored at the middle of the outermost pixels, which are not repeated."""
    period = max(2 * (size - 1), 1)
    return jnp.minimum(places % period, -places % period)


_OUTSIDE: Final[dict[Fill, Callable[[Array, int], Array]]] = {
    "zeros": _repeated,
    "edge": _repeated,
    "reflect": _mirrored,
}
"""Which place of an axis stands for one that may lie outside."""
