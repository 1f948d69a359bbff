"""Arrays in the IDX format: a type, the number of axes, their sizes as big-endian 32-bit numbers, the values.

Source: the format's description on the MNIST page of LeCun, Cortes and Burges.
"""

import gzip
import struct
from math import prod
from pathlib import Path
from typing import IO, Final

import numpy as np

from netspec.diagnostics import rules
from netspec.language.recipes.data import Idx
from netspec.training.data.arrays import both_or_neither, in_memory, joined
from netspec.training.data.dataset import Arrays, Dataset, Request
from netspec.training.data.files import located, reading, refuse_large
from netspec.training.faults import TrainError, fault

_TYPES: Final = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP: Final = b"\x1f\x8b"
_MOST_AXES: Final = 5
_CHUNK_BYTES: Final = 2**24


def open_idx(recipe: Idx, request: Request) -> Dataset:
    """The data set of two or four IDX files. Raises TrainError."""
    train = pair(located(recipe.images, request.folder), located(recipe.labels, request.folder), request)
    given = [located(path, request.folder) for path in (recipe.test_images, recipe.test_labels) if path]
    missing = [recipe.test_images is None, recipe.test_labels is None]
    both = both_or_neither(recipe.images, missing, ("test_images", "test_labels"))
    test = pair(given[0], given[1], request) if both else None
    return in_memory(Path(recipe.images).name, train, test, share=recipe.test, seed=request.seed)


def pair(images: Path, labels: Path, request: Request) -> Arrays:
    """The examples of a file of values and one of labels. Raises TrainError."""
    return joined(images, read_idx(images), read_idx(labels), request.sizes)


def read_idx(path: Path) -> np.ndarray:
    """The array of a file, plain or gzipped.

    Raises:
        TrainError: There is no such file, or it is no IDX file, damaged, cut short, or too long.
    """
    with reading(path), path.open("rb") as plain:
        packed = plain.read(2) == _GZIP
        plain.seek(0)
        if not packed:
            return _array(path, plain)
        with gzip.open(plain) as file:
            return _array(path, file)


def _array(path: Path, file: IO[bytes] | gzip.GzipFile) -> np.ndarray:
    sizes, kind = _header(path, file)
    total = prod(sizes) * kind.itemsize
    refuse_large(path, prod(sizes), kind.itemsize)
    values = bytearray()
    # In pieces: a header may promise more than the file holds.
    while len(values) < total and (piece := file.read(min(_CHUNK_BYTES, total - len(values)))):
        values += piece
    if len(values) < total:
        raise _wrong(
            path,
            f"is cut short: its header promises {total:,} bytes of values, and {len(values):,} are there",
        )
    if file.read(1):
        raise _wrong(path, f"is longer than the {total:,} bytes of values that its header promises")
    return np.frombuffer(values, kind).astype(kind.newbyteorder("="), copy=False).reshape(sizes)


def _header(path: Path, file: IO[bytes] | gzip.GzipFile) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    magic = file.read(4)
    known = len(magic) == 4 and magic[:2] == b"\0\0" and magic[2] in _TYPES and 1 <= magic[3] <= _MOST_AXES
    if not known:
        told = f"begins with the bytes {magic.hex(' ')}" if magic else "is empty"
        raise _wrong(
            path, f"{told}; an IDX file begins with 00 00, the type of its values and the number of its axes"
        )
    written = file.read(4 * magic[3])
    if len(written) < 4 * magic[3]:
        raise _wrong(path, "is cut short: it ends within its header")
    return struct.unpack(f">{magic[3]}I", written), np.dtype(_TYPES[magic[2]])


def _wrong(path: Path, message: str) -> TrainError:
    return fault(rules.UNREADABLE_DATA, path, f"`{path.name}` {message}")
