"""Changes of colours. Each takes red, green and blue planes from 0 to 1, `[3, height, width]`, and gives such."""

from collections.abc import Callable
from functools import partial
from typing import Final

import jax
import jax.numpy as jnp
import numpy as np

from netspec.language.recipes.augmentations import ColorJitter

Array = jax.Array

_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)[:, None, None]
"""How bright red, green and blue look. Source: ITU-R BT.601."""


def color_jitter(step: ColorJitter, key: Array, planes: Array) -> Array:
    """The parts in random order, each by an amount that is drawn up to its limit on either side."""
    limits = {name: limit for name in _PARTS if (limit := getattr(step, name))}
    amount_key, order_key = jax.random.split(key)
    amounts = jax.random.uniform(amount_key, (len(limits),), jnp.float32, -1, 1)
    parts = [
        partial(_PARTS[name], amount * np.float32(limit))
        for (name, limit), amount in zip(limits.items(), amounts, strict=True)
    ]
    for place in jax.random.permutation(order_key, len(parts)) if parts else ():
        planes = jax.lax.switch(place, parts, planes)
    return planes


def brightness(change: Array, planes: Array) -> Array:
    """Away from black."""
    return _away(change, planes, jnp.zeros((), planes.dtype))


def contrast(change: Array, planes: Array) -> Array:
    """Away from the image's mean grey."""
    return _away(change, planes, _grey(planes).mean())


def saturation(change: Array, planes: Array) -> Array:
    """Away from each pixel's grey."""
    return _away(change, planes, _grey(planes))


def hue(change: Array, planes: Array) -> Array:
    """Around the colour circle; 1 is a whole turn. Source: Smith 1978, Color Gamut Transform Pairs (HSV)."""
    red, green, blue = planes
    high, low = planes.max(0), planes.min(0)
    spread = jnp.where(high > low, high - low, 1)
    # Not `high == red`: where a compiler computes a value twice, the two may differ by rounding.
    sixths = jnp.where(
        (red >= green) & (red >= blue),
        (green - blue) / spread,
        jnp.where(green >= blue, (blue - red) / spread + 2, (red - green) / spread + 4),
    )
    # A channel is highest within one sixth of its own colour, and lowest beyond two.
    far = (sixths + 6 * change) / 6 + jnp.array([5, 3, 1], planes.dtype)[:, None, None] / 6
    far = 6 * (far - jnp.floor(far))
    return high - (high - low) * jnp.clip(jnp.minimum(far, 4 - far), 0, 1)


def _grey(planes: Array) -> Array:
    return (planes * _LUMA).sum(0)


def _away(change: Array, planes: Array, origin: Array) -> Array:
    return jnp.clip(planes + change * (planes - origin), 0, 1)


_PARTS: Final[dict[str, Callable[[Array, Array], Array]]] = {
    "brightness": brightness,
    "contrast": contrast,
    "saturation": saturation,
    "hue": hue,
}
