"""The set `cifar10` in its binary version: records of a label and 32x32 bytes for each of three colours.

Source: the data set's page, https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
"""

import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np

from netspec.diagnostics import rules
from netspec.language.recipes.data import Cifar10
from netspec.training.data.arrays import in_memory
from netspec.training.data.dataset import Arrays, Dataset, Request
from netspec.training.data.downloads import Remote, data_folder, fetched
from netspec.training.data.files import listed, located, reading
from netspec.training.faults import TrainError, fault

REMOTE: Final = Remote(
    "cifar-10-binary.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    "md5:c32a1d4ab5d03f1284b67883e8d87530",
    170052171,
)
CLASSES: Final = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

_TRAIN: Final = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
_TEST: Final = "test_batch.bin"
_BELOW: Final = "cifar-10-batches-bin"
_IMAGE: Final = (3, 32, 32)
_RECORD_BYTES: Final = 1 + 3 * 32 * 32
_MOST_BYTES: Final = 2**28
"""What the files of an archive may hold; the real ones have 184 MB."""


def open_cifar10(recipe: Cifar10, request: Request, note: Callable[[str], None]) -> Dataset:
    """The set, from a folder of its files or its archive, or fetched. Raises TrainError."""
    if recipe.path is None:
        (path,) = fetched([REMOTE], data_folder() / recipe.name, recipe.name, note)
    else:
        path = _place(located(recipe.path, request.folder))
    files = _unpacked(path) if path.is_file() else _read(path)
    if missing := [name for name in (*_TRAIN, _TEST) if name not in files]:
        raise _missing(path, missing)
    parts = [_records(path, name, files[name]) for name in (*_TRAIN, _TEST)]
    train = Arrays(np.concatenate([x for x, _ in parts[:-1]]), np.concatenate([y for _, y in parts[:-1]]))
    return in_memory(recipe.name, train, Arrays(*parts[-1]), classes=CLASSES)


def _place(path: Path) -> Path:
    """The folder of the six files, or the archive, at a path that people give."""
    return next((place for place in (path / _BELOW, path / REMOTE.name) if place.exists()), path)


def _read(folder: Path) -> dict[str, bytes]:
    files = {}
    for path in (folder / name for name in (*_TRAIN, _TEST)):
        if path.is_file():
            with reading(path):
                files[path.name] = path.read_bytes()
    return files


def _unpacked(path: Path) -> dict[str, bytes]:
    """The six files of an archive, read without writing any. Raises TrainError."""
    files, total = {}, 0
    try:
        with reading(path), tarfile.open(path, "r|gz") as archive:
            for member in archive:
                total += member.size
                if total > _MOST_BYTES:
                    raise fault(
                        rules.UNREADABLE_DATA, path, f"`{path.name}` holds more than {_MOST_BYTES:,} bytes"
                    )
                name = PurePosixPath(member.name).name
                if name in (*_TRAIN, _TEST) and (file := archive.extractfile(member)):
                    files[name] = file.read()
    except tarfile.TarError as error:
        raise fault(rules.UNREADABLE_DATA, path, f"`{path.name}` cannot be read: {error}") from None
    return files


def _records(path: Path, name: str, data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Images `[count, 32, 32, 3]` and labels of a file's records."""
    if not data or len(data) % _RECORD_BYTES:
        message = (
            f"`{name}` has {len(data):,} bytes, which are no whole number of records of {_RECORD_BYTES:,}"
        )
        raise fault(rules.UNREADABLE_DATA, path, message)
    records = np.frombuffer(data, np.uint8).reshape(-1, _RECORD_BYTES)
    y = records[:, 0].astype(np.int32)
    if y.max() >= len(CLASSES):
        raise fault(rules.UNREADABLE_DATA, path, f"`{name}` has the label {y.max()}, and labels go up to 9")
    # Stored plane by plane; netspec has the channels last.
    return np.ascontiguousarray(records[:, 1:].reshape(-1, *_IMAGE).transpose(0, 2, 3, 1)), y


def _missing(path: Path, missing: list[str]) -> TrainError:
    pickled = any((path / below / "data_batch_1").exists() for below in (".", "cifar-10-batches-py"))
    told = "; its Python version is pickled, which netspec does not read" if pickled else ""
    return fault(
        rules.MISSING_DATA,
        path,
        f"`{path.name}` has no {listed(missing)}{told}",
        help=f"they are in {REMOTE.name}, the binary version, from {REMOTE.address}",
    )
