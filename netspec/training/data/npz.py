"""The source `npz`: NumPy's arrays in a zip file, never pickled ones."""

from math import prod
from pathlib import Path
from typing import IO, Final
from zipfile import ZipFile

import numpy as np
from numpy.lib import format as npy

from netspec.diagnostics import rules
from netspec.language.nearest import did_you_mean
from netspec.language.recipes.data import Npz
from netspec.training.data.arrays import both_or_neither, in_memory, joined
from netspec.training.data.dataset import Arrays, Dataset, Request
from netspec.training.data.files import listed, located, reading, refuse_large
from netspec.training.faults import fault

_HEADERS: Final = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def open_npz(recipe: Npz, request: Request) -> Dataset:
    """The data set of an `.npz` file. Raises TrainError."""
    path = located(recipe.path, request.folder)
    with reading(path), ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]

        def part(inputs: str, labels: str) -> Arrays:
            x, y = (_array(path, archive, names, name) for name in (inputs, labels))
            return joined(path, x, y, request.sizes)

        train = part(recipe.inputs, recipe.labels)
        pair = recipe.test_inputs, recipe.test_labels
        missing = [name not in names for name in pair]
        test = part(*pair) if both_or_neither(path, missing, pair) else None
    return in_memory(path.name, train, test, share=recipe.test, seed=request.seed)


def _array(path: Path, archive: ZipFile, names: list[str], name: str) -> np.ndarray:
    """An array by name. Raises TrainError where it is not there, or is more than its file holds."""
    if name not in names:
        message = f"`{path.name}` has no array `{name}`; it has {listed(names) or 'none'}"
        raise fault(rules.MISSING_DATA, path, message, help=did_you_mean(name, names))
    with archive.open(f"{name}.npy") as file:
        try:
            _check_header(path, file, archive.getinfo(f"{name}.npy").file_size, name)
            file.seek(0)
            return np.asarray(npy.read_array(file, allow_pickle=False))
        except ValueError as error:
            raise fault(rules.UNREADABLE_DATA, path, f"the array `{name}` cannot be read: {error}") from None


def _check_header(path: Path, file: IO[bytes], file_bytes: int, name: str) -> None:
    """NumPy makes room for what a header promises; this one is read first."""
    version = npy.read_magic(file)
    if version not in _HEADERS:
        raise ValueError("it is in a version of the format that plain numbers have no need of")
    shape, _, kind = _HEADERS[version](file)
    if kind.hasobject:
        raise ValueError("it holds pickled objects, which netspec does not read")
    refuse_large(path, prod(shape), kind.itemsize, f"the array `{name}`")
    if prod(shape) * kind.itemsize > file_bytes:
        raise ValueError(f"it promises {prod(shape) * kind.itemsize:,} bytes, and has {file_bytes:,}")
