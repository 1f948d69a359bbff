"""Changes of where pixels lie. Each takes an image `[height, width, channels]` and gives one, in float32.

With `whole`, values are never blended, as label maps want it; of one key, an image and its map move alike.
"""

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from netspec.diagnostics import rules
from netspec.language.recipes.augmentations import Crop, Flip, Resize, Rotation
from netspec.training.augment import pixels
from netspec.training.faults import fault

Array = jax.Array


@dataclass(frozen=True)
class Zoom:
    """A `resize` and the `crop` after it, which are one look-up: the scaled image is never made whole."""

    name: ClassVar = "resize"
    resize: Resize
    crop: Crop


def flip(step: Flip, key: Array, image: Array, *, whole: bool) -> Array:
    """Left to right, top to bottom, or each by itself."""
    del whole
    drawn = jax.random.uniform(key, (2,), jnp.float32) < step.probability
    for axis, name in enumerate(("vertical", "horizontal")):
        if step.axis in (name, "both"):
            image = jnp.where(drawn[axis], jnp.flip(image, axis), image)
    return image


def crop(step: Crop, sizes: tuple[int, ...], key: Array, image: Array, *, whole: bool) -> Array:
    """A window of `sizes`, every place in the padded image being as likely."""
    del whole
    _check_window(sizes, np.asarray(image.shape[:2]), step)
    first = _corner(step, key, jnp.asarray(image.shape[:2]), sizes)
    rows, columns = (first[axis] + jnp.arange(sizes[axis]) for axis in (0, 1))
    return pixels.window(image, rows, columns, step.fill)


def zoom(step: Zoom, sizes: tuple[int, ...], key: Array, image: Array, *, whole: bool) -> Array:
    """A window of `sizes` of the scaled and padded image."""
    stored = image.shape[:2]
    short, resize = min(stored), step.resize
    _check_window(sizes, np.asarray(stored) * resize.side // short, step.crop)
    side_key, corner_key = jax.random.split(key)
    side = jax.random.randint(side_key, (), resize.side, (resize.largest or resize.side) + 1, jnp.int32)
    first = _corner(step.crop, corner_key, jnp.asarray(stored) * side // short, sizes)
    return _scaled(image, side, first, step, sizes, whole=whole)


def _scaled(
    image: Array, side: Array, first: Array, step: Zoom, sizes: tuple[int, ...], *, whole: bool
) -> Array:
    """The window of `sizes` whose corner is the pixel `first` of the image whose shorter side becomes `side`."""
    fill, method, short = step.crop.fill, step.resize.interpolation, min(image.shape[:2])
    if whole or method == "nearest":
        # In whole numbers, for the middle of a pixel often falls between two.
        rows, columns = (2 * (first[:, None] + jnp.arange(max(sizes))) + 1) * short // (2 * side)
        return pixels.window(image, rows[: sizes[0]], columns[: sizes[1]], fill)
    border = 0
    if fill != "zeros":
        border = -(-step.crop.padding * short // step.resize.side)
        image = jnp.pad(image, ((border, border), (border, border), (0, 0)), mode=fill)
    scale = (side / short).astype(jnp.float32)
    result: Array = jax.image.scale_and_translate(
        image,
        (*sizes, image.shape[2]),
        (0, 1),
        jnp.broadcast_to(scale, 2),
        -(first + border * scale).astype(jnp.float32),
        method,
    )
    return result


def rotation(step: Rotation, key: Array, image: Array, *, whole: bool) -> Array:
    """Turned by an angle between -degrees and degrees, every one being as likely."""
    limit = np.float32(np.deg2rad(step.degrees))
    return turned(image, jax.random.uniform(key, (), jnp.float32, -limit, limit), step, whole=whole)


def turned(image: Array, angle: Array, step: Rotation, *, whole: bool) -> Array:
    """Turned about the centre, counterclockwise by `angle` in radians, with bilinear interpolation."""
    centre = (np.asarray(image.shape[:2], np.float32) - 1) / 2
    y, x = (
        np.arange(size, dtype=np.float32) - middle for size, middle in zip(image.shape, centre, strict=False)
    )
    sine, cosine = jnp.sin(angle), jnp.cos(angle)
    rows = cosine * y[:, None] + sine * x + centre[0]
    columns = cosine * x - sine * y[:, None] + centre[1]
    if whole:
        return pixels.at(image, _nearest(rows), _nearest(columns), step.fill)
    return _blended(image, rows, columns, step)


def _nearest(places: Array) -> Array:
    return jnp.round(places).astype(jnp.int32)


def _blended(image: Array, rows: Array, columns: Array, step: Rotation) -> Array:
    """The four pixels around each place, each counting by how near it is."""
    top, left = jnp.floor(rows), jnp.floor(columns)
    down, right = rows - top, columns - left
    sums = jnp.zeros_like(image)
    for row, near_row in ((top, 1 - down), (top + 1, down)):
        for column, near_column in ((left, 1 - right), (left + 1, right)):
            found = pixels.at(image, row.astype(jnp.int32), column.astype(jnp.int32), step.fill)
            sums += (near_row * near_column)[..., None] * found
    return sums


def _corner(step: Crop, key: Array, available: Array, sizes: tuple[int, ...]) -> Array:
    """Where a window in the padded image begins, counted in the image without its padding."""
    places = available + 2 * step.padding - jnp.asarray(sizes) + 1
    return jax.random.randint(key, (2,), 0, places, jnp.int32) - step.padding


def _check_window(sizes: tuple[int, ...], available: np.ndarray, step: Crop) -> None:
    height, width = available + 2 * step.padding
    if height < sizes[0] or width < sizes[1]:
        raise fault(
            rules.UNFIT_STEP,
            "augmentation",
            f"a window of {sizes[0]}x{sizes[1]} does not fit into images of {height}x{width}, padding included",
            help="scale the images to a longer side, or pad them more",
        )
