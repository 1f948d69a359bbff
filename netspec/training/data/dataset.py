"""Examples as data sources give them: raw values and labels, found by their place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

Example = tuple[np.ndarray, np.ndarray]
"""The raw values `[*sizes]` of one example, and its label: a class id, ids `[*positions]`, or a target in the output's
shape."""


class Examples(Protocol):
    """Examples by place; reading one must not depend on the others, and two reads give the same values."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Example: ...


@dataclass(frozen=True, eq=False)
class Arrays:
    """Examples in memory.

    Attributes:
        x: Raw values `[examples, *sizes]`, in the type that they are stored in.
        y: Class ids `[examples]` or `[examples, *positions]` as int32, or targets as float32.
    """

    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> Example:
        return self.x[index], self.y[index]


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set, opened.

    Attributes:
        name: What people call it.
        train: Examples to learn from.
        test: Examples to be judged by.
        classes: Names of the classes by id; empty for targets that are no classes, or where there are no names.
        unreadable: Files that were left out, because the user said so.
        fingerprint: Tells whether a run goes on with the data that it began with.
    """

    name: str
    train: Examples
    test: Examples
    classes: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    fingerprint: str = field(default="", repr=False)


@dataclass(frozen=True)
class Request:
    """What a network wants of a data source.

    Attributes:
        sizes: Of one example, channels last; a source of images of any size gives them in this size.
        tokens: Size of the vocabulary where the values are token ids.
        seed: Draws the test part of a set that has none of its own; the same one in all runs, so that they compare.
        folder: Relative paths begin here.
    """

    sizes: tuple[int, ...]
    tokens: int | None = None
    seed: int = 0
    folder: str = "."


def held_out(
    labels: Sequence[int] | np.ndarray | int, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Places that stay and places that are held out, drawn with the seed; of class ids, the same share of each class."""
    rng = np.random.Generator(np.random.Philox(seed))
    count = labels if isinstance(labels, int) else len(labels)
    drawn = rng.permutation(count)
    if (
        not isinstance(labels, int)
        and np.ndim(labels) == 1
        and np.issubdtype(np.asarray(labels).dtype, np.integer)
    ):
        drawn = drawn[np.argsort(np.asarray(labels)[drawn], kind="stable")]
        out = np.diff(np.floor(np.arange(count + 1) * share)) > 0
        return np.sort(drawn[~out]), np.sort(drawn[out])
    out_count = round(count * share)
    return np.sort(drawn[out_count:]), np.sort(drawn[:out_count])


@dataclass(frozen=True, eq=False)
class Picked:
    """Some of the examples of a set."""

    examples: Examples
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int) -> Example:
        return self.examples[int(self.places[index])]


def picked(examples: Examples, places: np.ndarray) -> Examples:
    """The examples at these places, in their order."""
    if isinstance(examples, Arrays):
        return Arrays(examples.x[places], examples.y[places])
    return Picked(examples, places)
