"""One image: decoded with care, turned upright, brought to the channels and the size that are wanted."""

from typing import IO, Final, Literal

import numpy as np
from PIL import Image, ImageOps

from netspec.diagnostics import brief
from netspec.layers.base import Shape

Fit = Literal["crop", "pad", "stretch"]

FORMATS: Final = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
"""Others are refused: some of Pillow's start another program."""
SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
MODES: Final = {1: "L", 3: "RGB", 4: "RGBA"}
"""Pillow's modes by their number of channels."""
MOST_PIXELS: Final = 2**26
"""A file of some kilobytes may claim any size; this is 8192x8192."""


def takes_images(shape: Shape) -> bool:
    """Whether the examples of an input are images: two spatial axes, and channels that images have."""
    return shape.tokens is None and shape.rank == 2 and shape.channels in MODES


class UnreadableImageError(Exception):
    """Raised for what is no image, or one that cannot be decoded; its message is the reason."""


def opened(file: IO[bytes]) -> Image.Image:
    """The image of a file, of which the header has been read. Raises UnreadableImageError."""
    try:
        image = Image.open(file, formats=FORMATS)
    except Exception as error:  # noqa: BLE001  decoders raise anything at a damaged file
        raise UnreadableImageError(_reason(error)) from None
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise UnreadableImageError(f"it has {width}x{height} pixels, and {MOST_PIXELS:,} are allowed")
    return image


def decoded(file: IO[bytes], sizes: tuple[int, int, int], fit: Fit) -> np.ndarray:
    """The image of a file as uint8 in the sizes height x width x channels. Raises UnreadableImageError."""
    image = opened(file)
    try:
        return fitted(ImageOps.exif_transpose(image), sizes, fit)
    except UnreadableImageError:
        raise
    except Exception as error:  # noqa: BLE001  decoders raise anything at a damaged file
        raise UnreadableImageError(_reason(error)) from None


def fitted(image: Image.Image, sizes: tuple[int, int, int], fit: Fit) -> np.ndarray:
    """An image as uint8 in the sizes height x width x channels, with 1, 3 or 4 channels; colours become grey by luma.

    An image that has the size already is left as it is. Scaling is bilinear, and averages what it makes smaller.
    """
    height, width, channels = sizes
    image = _eight_bits(image).convert(MODES[channels])
    if image.size != (width, height):
        image = _FITS[fit](image, (width, height))
    return np.asarray(image, np.uint8).reshape(sizes)


def _crop(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return ImageOps.fit(image, size, Image.Resampling.BILINEAR)


def _pad(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    factor = min(size[0] / image.width, size[1] / image.height)
    inner = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    canvas = Image.new(image.mode, size)
    canvas.paste(_stretch(image, inner), ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
    return canvas


def _stretch(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.resize(size, Image.Resampling.BILINEAR)


_FITS: Final = {"crop": _crop, "pad": _pad, "stretch": _stretch}


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits has its upper 8 kept, where Pillow would cut it off at 255."""
    if image.mode == "F":
        raise UnreadableImageError("its pixels are floating-point numbers, whose range nobody knows")
    if image.mode.startswith("I"):
        return Image.fromarray((np.clip(np.asarray(image), 0, 2**16 - 1) >> 8).astype(np.uint8))
    return image


def _reason(error: Exception) -> str:
    if type(error).__name__ == "UnidentifiedImageError":
        return f"it is no image of a format that is read here ({', '.join(FORMATS)})"
    return brief(str(error)) or type(error).__name__
