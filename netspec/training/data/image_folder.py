"""The source `image_folder`: decoded at once where that is small, else whenever an image is used."""

import hashlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import prod
from typing import Final
from zipfile import BadZipFile

import numpy as np

from netspec.diagnostics import rules
from netspec.language.recipes.data import ImageFolder
from netspec.training.data.archives import Files, opened_files
from netspec.training.data.arrays import in_memory
from netspec.training.data.class_folders import Arranged, arranged
from netspec.training.data.dataset import Arrays, Dataset, Example, Request, held_out
from netspec.training.data.files import MOST_KEPT_BYTES, located
from netspec.training.data.images import MODES, Fit, UnreadableImageError, decoded, opened
from netspec.training.faults import TrainError, fault

_MOST_FILE_BYTES: Final = 2**28
_MOST_NAMED: Final = 10


@dataclass(frozen=True, eq=False)
class ImageFiles:
    """Examples that are decoded when they are read.

    Attributes:
        files: Where they lie.
        names: Their names.
        y: Their classes.
        sizes: Height, width and channels that they are given in.
        fit: How they take that size.
    """

    files: Files
    names: tuple[str, ...]
    y: np.ndarray
    sizes: tuple[int, int, int]
    fit: Fit

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Example:
        """An example. Raises TrainError where its image cannot be read."""
        try:
            return self.image(index), self.y[index]
        except UnreadableImageError as error:
            raise fault(rules.UNREADABLE_DATA, self.names[index], f"`{self.names[index]}`: {error}") from None

    def image(self, index: int) -> np.ndarray:
        """The values of an example. Raises UnreadableImageError."""
        try:
            if self.files.size_bytes(self.names[index]) > _MOST_FILE_BYTES:
                raise UnreadableImageError(f"the file has more than {_MOST_FILE_BYTES:,} bytes")
            with self.files.open(self.names[index]) as file:
                return decoded(file, self.sizes, self.fit)
        except (OSError, RuntimeError, BadZipFile) as error:
            raise UnreadableImageError(str(error)) from None

    def check(self, index: int) -> None:
        """Read the header of an image. Raises UnreadableImageError."""
        try:
            with self.files.open(self.names[index]) as file:
                opened(file)
        except (OSError, RuntimeError, BadZipFile) as error:
            raise UnreadableImageError(str(error)) from None

    def picked(self, places: np.ndarray) -> "ImageFiles":
        """The examples at these places."""
        return replace(self, names=tuple(self.names[place] for place in places), y=self.y[places])


def open_image_folder(recipe: ImageFolder, request: Request) -> Dataset:
    """The data set of a folder or zip file. Raises TrainError."""
    path = located(recipe.path, request.folder)
    sizes = _sizes(recipe, request)
    files = opened_files(path)
    found = arranged(path, files.names)
    images = ImageFiles(files, found.names, found.y, sizes, recipe.fit)
    values = None
    if len(images) * prod(sizes) < MOST_KEPT_BYTES:
        values = np.empty((len(images), *sizes), np.uint8)
    problems = _problems(images, values, whole=recipe.unreadable == "skip")
    if problems and recipe.unreadable == "fail":
        raise _unreadable(recipe, images, problems)
    good = np.array([place for place in range(len(images)) if place not in problems], int)
    train, test = _parts(found, good, recipe.test, request.seed)
    if not len(train):
        raise fault(
            rules.UNREADABLE_DATA, path, f"none of the {len(images):,} images of `{path.name}` can be read"
        )
    left_out = tuple(images.names[place] for place in sorted(problems))
    if values is not None:
        pair = [Arrays(values[places], images.y[places]) for places in (train, test)]
        return in_memory(path.name, *pair, classes=found.classes, unreadable=left_out)
    parts = [images.picked(places) for places in (train, test)]
    return Dataset(path.name, parts[0], parts[1], found.classes, left_out, _fingerprint(parts))


def _sizes(recipe: ImageFolder, request: Request) -> tuple[int, int, int]:
    """Height, width and channels to give; images have 1, 3 or 4 channels, whatever is asked for."""
    if len(request.sizes) != 3 or request.tokens is not None:
        wanted = "x".join(map(str, request.sizes)) + (" token ids" if request.tokens else "")
        message = f"`{recipe.name}` gives images, height x width x channels, and the input is {wanted}"
        raise fault(
            rules.UNFIT_EXAMPLES, recipe.path, message, help="an input for images is such as 224x224x3"
        )
    height, width, channels = request.sizes
    return height, width, channels if channels in MODES else 3


def _problems(images: ImageFiles, values: np.ndarray | None, *, whole: bool) -> dict[int, str]:
    """Why images cannot be read, by place. All are decoded into `values`, or else, unless `whole`, headers are read."""

    def read(place: int) -> None:
        if values is not None:
            values[place] = images.image(place)
        elif whole:
            images.image(place)
        else:
            images.check(place)

    return {place: why for place, why in _tried(read, range(len(images))) if why}


def _tried(read: Callable[[int], None], places: Iterable[int]) -> list[tuple[int, str]]:
    """Each place with the reason why it cannot be read, or nothing."""

    def one(place: int) -> tuple[int, str]:
        try:
            read(place)
        except UnreadableImageError as error:
            return place, str(error)
        return place, ""

    # Pillow decodes outside of Python's lock.
    with ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as pool:
        return list(pool.map(one, places))


def _unreadable(recipe: ImageFolder, images: ImageFiles, problems: dict[int, str]) -> TrainError:
    first = [f"`{images.names[place]}`: {why}" for place, why in sorted(problems.items())[:_MOST_NAMED]]
    more = len(problems) - len(first)
    return fault(
        rules.UNREADABLE_DATA,
        recipe.path,
        f"{len(problems):,} of {len(images):,} images cannot be read",
        notes=(*first, f"and {more:,} more") if more else tuple(first),
        help="`unreadable=skip` leaves them out and counts them",
    )


def _parts(found: Arranged, good: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of the examples to learn from, and of those to test with."""
    if found.tests is not None:
        return good[~found.tests[good]], good[found.tests[good]]
    stay, out = held_out(found.y[good], share, seed)
    return good[stay], good[out]


def _fingerprint(parts: list[ImageFiles]) -> str:
    """SHA-256 of names, sizes in bytes and classes; reading everything would take too long."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)} {part.sizes} {part.fit}\n".encode())
        for name, label in zip(part.names, part.y, strict=True):
            digest.update(
                f"{name} {part.files.size_bytes(name)} {label}\n".encode("utf-8", "surrogateescape")
            )
    return digest.hexdigest()
