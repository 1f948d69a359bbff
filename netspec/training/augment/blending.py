"""Changes that hide parts of an image, or blend examples with others."""

from typing import Any

import jax
import jax.numpy as jnp

from netspec.engine.losses import NO_SHARE
from netspec.language.recipes.augmentations import Cutout, Mixup

Array = jax.Array


def cutout(step: Cutout, key: Array, image: Array) -> Array:
    """An image `[height, width, channels]` with squares of 0; every pixel is as likely to be a square's centre."""
    height, width = image.shape[:2]
    limits = jnp.array([[height], [width]], jnp.int32)
    first = jax.random.randint(key, (2, step.holes), 0, limits, jnp.int32) - step.size // 2
    rows, columns = (_covered(size, low, step.size) for size, low in zip((height, width), first, strict=True))
    hidden = (rows[:, None] & columns).any(-1)
    return jnp.where(hidden[..., None], 0, image)


def _covered(size: int, first: Array, length: int) -> Array:
    """Which places `[size, holes]` of an axis lie in each square."""
    places = jnp.arange(size)[:, None]
    return (places >= first) & (places < first + length)


def mixup(step: Mixup, keys: Array, x: Array, labels: Any) -> tuple[Array, Any]:
    """Each example of a batch blended with the one before it; labels are shares, or a tree of them.

    A label that is blended with none is none.
    """

    def drawn(key: Array) -> Array:
        return jax.random.beta(key, step.alpha, step.alpha, (), jnp.float32)

    shares = jax.vmap(drawn)(keys)
    return _blended(shares, x), jax.tree.map(lambda leaf: _labels(shares, leaf), labels)


def _labels(shares: Array, values: Array) -> Array:
    missing = jnp.isneginf(values)
    missing |= jnp.roll(missing, 1, axis=0)
    return jnp.where(missing, NO_SHARE, _blended(shares, values))


def _blended(shares: Array, values: Array) -> Array:
    own = shares.reshape(-1, *(1,) * (values.ndim - 1))
    return own * values + (1 - own) * jnp.roll(values, 1, axis=0)
