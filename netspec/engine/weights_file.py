"""safetensors files: named arrays with a header of JSON, and no code. A file may come from anywhere and hold anything."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from netspec.diagnostics import brief
from netspec.engine.files import aside
from netspec.version import __version__

FORMAT: Final = "1"
"""The version of the names and of the metadata; a reader refuses later ones."""

HEADER_LIMIT: Final = 16 * 2**20
"""Bytes of the header: enough for a hundred thousand arrays."""

TYPES: Final = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
"""The types that networks are stored in, by the names they have in such a file."""

_CURE: Final = (
    "copy or download it again; weights of another format have to be converted to safetensors first"
)


class WeightsError(ValueError):
    """A file that no weights can be read from; the message names the file, the cause and the cure."""


@dataclass(frozen=True)
class Entry:
    """Shape and type of one array; a type that no network is stored in has the file's own name for it."""

    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class WeightsFile:
    """An open file: what it says about itself, and its arrays, read when they are asked for."""

    entries: Mapping[str, Entry]
    metadata: Mapping[str, str]
    content: Any

    def array(self, name: str) -> np.ndarray[Any, Any]:
        """One array, in memory of its own."""
        return np.asarray(self.content.get_tensor(name))


def shown(text: str) -> str:
    """A text of a file as it may be printed: short, and nothing in it steers a terminal."""
    return brief(repr(text)[1:-1])


@contextmanager
def opened(path: str | PathLike[str]) -> Iterator[WeightsFile]:
    """A file to read arrays from.

    Raises:
        OSError: There is no file, or it may not be read.
        WeightsError: It is no safetensors file, a damaged one, or one of a later format.
    """
    name = os.fspath(path)
    _check_header(name)
    try:
        with safe_open(name, framework="numpy") as content:
            metadata = content.metadata() or {}
            _check_format(name, metadata)
            yield WeightsFile({key: _entry(content, key) for key in content.keys()}, metadata, content)  # noqa: SIM118  not a mapping
    except SafetensorError as error:
        raise WeightsError(f"{name} cannot be read: {shown(str(error))}; {_CURE}") from None


def _check_header(name: str) -> None:
    stat = Path(name).stat()
    if not S_ISREG(stat.st_mode):
        raise WeightsError(f"{name} is no ordinary file; give the path of a safetensors file")
    with Path(name).open("rb") as file:
        head = file.read(8)
    length = int.from_bytes(head, "little")
    if len(head) < 8 or length > stat.st_size - 8:
        raise WeightsError(f"{name} is cut short, or no safetensors file ({stat.st_size} bytes); {_CURE}")
    if length > HEADER_LIMIT:
        raise WeightsError(f"{name} has a header of {length} bytes, and netspec reads up to {HEADER_LIMIT}")


def _check_format(name: str, metadata: Mapping[str, str]) -> None:
    version = metadata.get("netspec.format", FORMAT)
    if version != FORMAT:
        raise WeightsError(
            f"{name} has format {shown(version)} of netspec's weights, and netspec {__version__} reads format {FORMAT}; "
            "it takes another version of netspec"
        )


def _entry(content: Any, key: str) -> Entry:
    part = content.get_slice(key)
    return Entry(tuple(part.get_shape()), TYPES.get(part.get_dtype(), part.get_dtype()))


def written(path: str | PathLike[str], arrays: Mapping[str, Any], metadata: Mapping[str, str]) -> None:
    """Write arrays; a file that is there is replaced when the new one is complete. Raises OSError.

    The same arrays and metadata give the same bytes.
    """
    own = {"netspec.format": FORMAT, "netspec.version": __version__}
    # Not `ascontiguousarray`, which makes a scalar a vector.
    dense = {name: np.asarray(value, order="C") for name, value in arrays.items()}
    with aside(path) as made:
        try:
            save_file(dense, made, {**metadata, **own})
        except SafetensorError as error:
            raise OSError(f"{os.fspath(path)} cannot be written: {error}") from None
        _sort_metadata(made)


def _sort_metadata(path: Path) -> None:
    """Put the metadata in order: safetensors writes it in one that changes from call to call."""
    with path.open("rb+") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
        header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
        # The same text in another order, so that it takes the same room.
        text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode().ljust(size)
        assert len(text) == size
        file.seek(8)
        file.write(text)


def converted(array: np.ndarray[Any, Any], dtype: str) -> jax.Array:
    """A JAX array of a type, in memory that nothing else holds, so that it may be donated."""
    on_host = array.astype(jnp.dtype(dtype), copy=False)
    # Waited for, so that the copies of several arrays on the host do not pile up.
    return jax.device_put(on_host, may_alias=False).block_until_ready()
