"""The sources `hf` and `tfds`: data sets of two hubs, read with packages that are installed for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from math import prod
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

from netspec.diagnostics import brief, rules
from netspec.language.recipes.data import HuggingFace, TensorflowDatasets
from netspec.training.data.arrays import in_memory, joined, labelled
from netspec.training.data.dataset import Arrays, Dataset, Example, Request
from netspec.training.data.files import MOST_KEPT_BYTES, listed, located
from netspec.training.data.images import MODES, UnreadableImageError, fitted
from netspec.training.faults import fault

Hub = HuggingFace | TensorflowDatasets


@dataclass(frozen=True, eq=False)
class Rows:
    """Examples that a hub's package reads; images take the input's size as `image_folder` cuts them.

    Attributes:
        source: The package's rows, by place.
        recipe: Which of their columns count.
        sizes: The input's.
        y: The labels, where they are known beforehand.
    """

    source: Any
    recipe: Hub
    sizes: tuple[int, ...]
    y: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> Example:
        """An example. Raises TrainError where it is no array of numbers."""
        row = self.source[int(index)]
        x = _value(row[self.recipe.inputs], self.sizes, self.recipe)
        if self.y is not None:
            return x, self.y[index]
        return x, labelled(self.recipe.dataset, np.asarray(row[self.recipe.labels]))


def open_hf(recipe: HuggingFace, request: Request) -> Dataset:
    """A data set of the Hugging Face hub. Raises TrainError."""
    package = _package("datasets", recipe)

    def part(split: str) -> Any:
        return package.load_dataset(recipe.dataset, recipe.config, split=split)

    parts = [_asked(recipe, part, split) for split in (recipe.split, recipe.test_split)]
    for source in parts:
        _check_columns(recipe, source.column_names)
    label = parts[0].features[recipe.labels]
    return _opened(
        recipe, request, parts, getattr(label, "names", None), lambda source: source[recipe.labels]
    )


def open_tfds(recipe: TensorflowDatasets, request: Request) -> Dataset:
    """A data set of TensorFlow Datasets, in its files for random access. Raises TrainError."""
    package = _package("tensorflow_datasets", recipe)
    folder = None if recipe.path is None else str(located(recipe.path, request.folder))

    def part(split: str) -> Any:
        return package.data_source(recipe.dataset, split=split, data_dir=folder)

    parts = [_asked(recipe, part, split) for split in (recipe.split, recipe.test_split)]
    features = parts[0].dataset_info.features
    _check_columns(recipe, list(features))
    return _opened(recipe, request, parts, getattr(features[recipe.labels], "names", None), None)


def _package(name: str, recipe: Hub) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as error:
        message = f"`{recipe.name}` needs the package `{name}`: {brief(str(error))}"
        raise fault(
            rules.MISSING_DATA, recipe.dataset, message, help=f"pip install 'netspec[{recipe.name}]'"
        ) from None


def _asked(recipe: Hub, part: Callable[[str], Any], split: str) -> Any:
    try:
        return part(split)
    except Exception as error:  # noqa: BLE001  these packages raise anything
        reason = brief(" ".join(str(error).split())) or type(error).__name__
        message = f"the split `{split}` of `{recipe.dataset}` cannot be had: {reason}"
        raise fault(rules.MISSING_DATA, recipe.dataset, message) from None


def _check_columns(recipe: Hub, names: Sequence[str]) -> None:
    for name in (recipe.inputs, recipe.labels):
        if name not in names:
            message = f"`{recipe.dataset}` has no column `{name}`; it has {listed(list(names))}"
            raise fault(
                rules.MISSING_DATA, recipe.dataset, message, help="`inputs=` and `labels=` name the columns"
            )


def _opened(
    recipe: Hub,
    request: Request,
    sources: Sequence[Any],
    classes: Sequence[str] | None,
    labels: Callable[[Any], Any] | None,
) -> Dataset:
    """Read at once where it is small, else whenever an example is used."""
    parts = [Rows(source, recipe, request.sizes) for source in sources]
    if empty := [
        split for split, part in zip((recipe.split, recipe.test_split), parts, strict=True) if not len(part)
    ]:
        message = f"the split `{empty[0]}` of `{recipe.dataset}` has no examples"
        raise fault(rules.UNREADABLE_DATA, recipe.dataset, message)
    names = tuple(classes or ())
    if sum(map(len, parts)) * parts[0][0][0].nbytes < MOST_KEPT_BYTES:
        train, test = map(_all, parts)
        return in_memory(recipe.dataset, train, test, classes=names)
    if labels:
        parts = [replace(part, y=labelled(recipe.dataset, np.asarray(labels(part.source)))) for part in parts]
    counts = [len(part) for part in parts]
    return Dataset(recipe.dataset, parts[0], parts[1], names, fingerprint=f"{recipe.written()} {counts}")


def _all(part: Rows) -> Arrays:
    examples = [part[place] for place in range(len(part))]
    shapes = {x.shape: None for x, _ in examples}
    if len(shapes) > 1:
        told = " and ".join("x".join(map(str, shape)) for shape in [*shapes][:2])
        message = f"the examples of `{part.recipe.dataset}` are of several sizes, such as {told}"
        raise fault(rules.UNREADABLE_DATA, part.recipe.dataset, message)
    x, y = (np.stack(values) for values in zip(*examples, strict=True))
    return joined(part.recipe.dataset, x, y, part.sizes)


def _value(value: Any, sizes: tuple[int, ...], recipe: Hub) -> np.ndarray:
    """An image in the input's size, anything else as the array it is."""
    if (
        isinstance(value, np.ndarray)
        and value.dtype == np.uint8
        and value.ndim == 3
        and value.shape[2] in MODES
    ):
        if value.shape == sizes or len(sizes) != 3:
            return value
        value = Image.fromarray(value[..., 0] if value.shape[2] == 1 else value)
    if isinstance(value, Image.Image):
        return _image(value, sizes, recipe)
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        message = (
            f"the column `{recipe.inputs}` holds {type(value).__name__}, and netspec takes numbers and images"
        )
        raise fault(rules.UNREADABLE_DATA, recipe.dataset, message)
    return array


def _image(image: Image.Image, sizes: tuple[int, ...], recipe: Hub) -> np.ndarray:
    if len(sizes) != 3 or not prod(sizes):
        return np.asarray(image)
    channels = sizes[2] if sizes[2] in MODES else 3
    try:
        return fitted(image, (sizes[0], sizes[1], channels), "crop")
    except UnreadableImageError as error:
        raise fault(rules.UNREADABLE_DATA, recipe.dataset, str(error)) from None
