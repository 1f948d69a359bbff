"""Image files that tests write."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def picture(height: int, width: int, seed: int = 0, channels: int = 3) -> np.ndarray:
    """An image of random pixels."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def encoded(array: np.ndarray, kind: str = "PNG", **options: Any) -> bytes:
    """An image file's bytes."""
    file = io.BytesIO()
    Image.fromarray(array).save(file, kind, **options)
    return file.getvalue()


def plain(red: int, green: int = 0, blue: int = 0, *, height: int = 4, width: int = 4) -> bytes:
    """A PNG file of one colour."""
    return encoded(np.full((height, width, 3), (red, green, blue), np.uint8))


def written(root: Path, files: dict[str, bytes]) -> Path:
    """Files below a folder, by name."""
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root
