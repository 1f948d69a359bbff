"""A folder of images with a bright band, whose place is the class."""

import io
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

CLASSES: Final = ("bottom", "middle", "top")
LEARNT: Final = 12
JUDGED: Final = 7
"""Images of each class in the two parts."""


def encoded(pixels: np.ndarray) -> bytes:
    """A PNG file's bytes."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def band_images(root: Path) -> Path:
    """The folder, with `train` and `test`; some bands are hard to see."""
    drawn = np.random.default_rng(0)
    for part, count in (("train", LEARNT), ("test", JUDGED)):
        for place, name in enumerate(reversed(CLASSES)):
            folder = root / part / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = drawn.integers(0, 160, (6, 6), np.uint8)
                pixels[2 * place : 2 * place + 2] += np.uint8(drawn.integers(0, 90))
                (folder / f"{number}.png").write_bytes(encoded(pixels))
    return root
