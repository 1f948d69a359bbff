"""Arrays to a data set: values and labels in the types that the rest relies on, a test part, a fingerprint."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from netspec.diagnostics import rules
from netspec.training.data.dataset import Arrays, Dataset, held_out
from netspec.training.faults import fault

_NUMBERS: Final = "biuf"
_IDS = np.iinfo(np.int32)


def joined(file: Path | str, x: np.ndarray, y: np.ndarray, sizes: tuple[int, ...]) -> Arrays:
    """Examples of values and labels as they were read.

    Grey images without an axis for their one channel get it where the network's `sizes` have it. Whole labels become
    int32, others float32; a column of whole labels becomes a list.

    Raises:
        TrainError: They are not as many, no numbers, or not finite.
    """
    if not x.ndim or not y.ndim or len(x) != len(y):
        counts = (f"{len(array):,}" if array.ndim else "no" for array in (x, y))
        message = "there are {} examples and {} labels".format(*counts)
        raise fault(rules.UNREADABLE_DATA, file, message)
    x, y = _numbers(file, x, "examples"), labelled(file, y)
    if x.ndim == len(sizes) and sizes[-1] in _CHANNELS:
        x = x[..., None]
    if y.ndim == 2 and y.shape[1] == 1 and y.dtype.kind == "i":
        y = y[:, 0]
    return Arrays(x, y)


_CHANNELS: Final = (1, 3, 4)
"""Last sizes that tell that an input has channels."""


def _numbers(file: Path | str, array: np.ndarray, what: str) -> np.ndarray:
    if array.dtype.kind not in _NUMBERS:
        raise fault(
            rules.UNREADABLE_DATA, file, f"the {what} are of type {array.dtype}, which is no type of numbers"
        )
    if array.dtype.kind == "f" and not (finite := np.isfinite(array)).all():
        place = int(np.argwhere(~finite)[0][0]) if array.ndim else 0
        wrong = np.count_nonzero(~finite)
        message = f"{wrong:,} values of the {what} are infinite or no number, the first in example {place:,}"
        raise fault(rules.UNREADABLE_DATA, file, message, help="examples are counted from 0")
    return array


def labelled(file: Path | str, y: np.ndarray) -> np.ndarray:
    """Labels, or one of them, as int32 where they are whole numbers, else as float32. Raises TrainError."""
    y = _numbers(file, y, "labels")
    if y.dtype.kind == "f":
        return y.astype(np.float32)
    if y.size and not (_IDS.min <= int(y.min()) and int(y.max()) <= _IDS.max):
        message = f"the labels go from {y.min():,} to {y.max():,}, and whole numbers of 32 bits are allowed"
        raise fault(rules.UNREADABLE_DATA, file, message)
    return y.astype(np.int32)


def in_memory(
    name: str,
    train: Arrays,
    test: Arrays | None,
    *,
    share: float = 0.0,
    seed: int = 0,
    classes: tuple[str, ...] = (),
    unreadable: tuple[str, ...] = (),
) -> Dataset:
    """A data set; where it has no test part, the share of each class is kept for testing, drawn with the seed."""
    if test is None:
        stay, out = held_out(train.y, share, seed)
        train, test = Arrays(train.x[stay], train.y[stay]), Arrays(train.x[out], train.y[out])
    return Dataset(name, train, test, classes, unreadable, fingerprint(train, test))


def fingerprint(*parts: Arrays) -> str:
    """SHA-256 of all values and labels, with their types and shapes."""
    digest = hashlib.sha256()
    for array in (array for part in parts for array in (part.x, part.y)):
        digest.update(f"{array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def both_or_neither(file: Path | str, missing: Sequence[bool], names: Sequence[str]) -> bool:
    """Whether both parts of a pair are there, and not neither. Raises TrainError where one is missing."""
    if any(missing) and not all(missing):
        lone, other = sorted(names, key=lambda name: missing[names.index(name)])
        raise fault(rules.MISSING_DATA, file, f"`{lone}` is there, and `{other}` is not")
    return not any(missing)
