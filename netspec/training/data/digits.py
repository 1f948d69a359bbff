"""The set `digits`, which comes with netspec. `digits.md` beside it says where it is from."""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
from PIL import Image

from netspec.language.recipes.data import Digits
from netspec.training.data.arrays import fingerprint, in_memory
from netspec.training.data.dataset import Arrays, Dataset, Example, Request, held_out
from netspec.training.data.files import MOST_KEPT_BYTES

CLASSES: Final = tuple("0123456789")


@dataclass(frozen=True, eq=False)
class Scaled:
    """Images that are scaled when they are read, to uint8 `[size, size, 1]`.

    Pixels are squares whose value is at their centre; beyond the outer centres the outer value holds.
    """

    images: np.ndarray
    y: np.ndarray
    size: int

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Example:
        image = Image.fromarray(self.images[index].astype(np.float32))
        scaled = image.resize((self.size, self.size), Image.Resampling.BILINEAR)
        return np.rint(np.asarray(scaled)).astype(np.uint8)[..., None], self.y[index]


def open_digits(recipe: Digits, request: Request) -> Dataset:
    """The 1,797 images, uint8 `[size, size, 1]`, whose values 0 to 16 become 0 to 255 as in other grey images."""
    x, y = _stored()
    stay, out = held_out(y, recipe.test, request.seed)
    if x.shape[1:] == (recipe.size, recipe.size):
        kept = [Arrays(x[places][..., None], y[places]) for places in (stay, out)]
        return in_memory(recipe.name, *kept, classes=CLASSES)
    parts = [Scaled(x[places], y[places], recipe.size) for places in (stay, out)]
    if len(x) * recipe.size**2 < MOST_KEPT_BYTES:
        return in_memory(recipe.name, *map(_all, parts), classes=CLASSES)
    told = fingerprint(*(Arrays(part.images, part.y) for part in parts))
    return Dataset(recipe.name, parts[0], parts[1], CLASSES, fingerprint=f"{told} at {recipe.size}")


def _all(part: Scaled) -> Arrays:
    x = np.empty((len(part), part.size, part.size, 1), np.uint8)
    for place in range(len(part)):
        x[place] = part[place][0]
    return Arrays(x, part.y)


@cache
def _stored() -> tuple[np.ndarray, np.ndarray]:
    with resources.files(__package__).joinpath("digits.npz").open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        grey = np.rint(arrays["x"] * (255 / 16)).astype(np.uint8)
        return grey, arrays["y"].astype(np.int32)
