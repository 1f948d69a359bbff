"""One checkpoint as a folder: arrays by name as orbax writes them, a record, and the SHA-256 of every file.

The sums are in the form of `sha256sum`, so `sha256sum -c SHA256SUMS` checks a checkpoint too.
"""

import os
import re
from collections.abc import Mapping
from errno import EIO, EOPNOTSUPP
from hashlib import file_digest
from itertools import islice
from math import prod
from pathlib import Path
from stat import S_ISDIR
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from netspec.diagnostics import brief
from netspec.training.digest import digest_of
from netspec.training.safe_files import DamagedError, checked_size, sync, text_of

RECORD: Final = "netspec.json"
SUMS: Final = "SHA256SUMS"
_TEXT_LIMIT: Final = 16 * 2**20
"""Bytes of a record or of the sums."""
_MOST_FILES: Final = 10_000
_MARGIN_BYTES: Final = 64 * 2**10
"""What a checkpoint takes beside its arrays: a dozen small files, each of which fills whole blocks."""
_OS_ERROR: Final = re.compile(r"os_error_code='(\d{1,5})'")
"""How tensorstore, which writes for orbax, tells what the system answered."""


class Record(BaseModel):
    """What a checkpoint says of itself."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", ser_json_inf_nan="constants")

    format: Literal[1] = 1
    step: Annotated[int, Field(ge=0)]
    best: bool
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """Of the arrays, as `netspec.training.digest` makes it."""
    extra: dict[str, Any]


class OtherArraysError(Exception):
    """A sound checkpoint that holds other arrays than were asked for; `differences` tells them one by one."""

    def __init__(self, differences: tuple[str, ...]) -> None:
        super().__init__(differences[0])
        self.differences = differences


def write(folder: Path, arrays: Mapping[str, np.ndarray], record: Record) -> None:
    """Make a checkpoint, which is all there or not at all.

    Args:
        folder: Where it will be. Until it is complete it lies beside that, under names that begin with a dot.
        arrays: By name.
        record: What else belongs to it.

    Raises:
        OSError: It cannot be written.
    """
    from orbax import checkpoint as ocp  # noqa: PLC0415  slow to import

    made = folder.absolute().with_name(f".{folder.name}")
    # An array without elements has no bytes that could be kept, and orbax refuses it.
    kept = {name: array for name, array in arrays.items() if array.size}
    text = record.model_dump_json()
    try:
        _reserve(made, sum(array.nbytes for array in kept.values()) + len(text) + _MARGIN_BYTES)
        # Not compressed: weights shrink by a twelfth, and take twice as long to write and to read.
        handler = ocp.PyTreeCheckpointHandler(use_compression=False)
        ocp.Checkpointer(handler).save(made, args=ocp.args.PyTreeSave(kept))
        _write_text(made / RECORD, text)
        _write_text(made / SUMS, _sums(made))
        made.rename(folder)
        sync(folder.parent)
    except MemoryError:
        raise
    except Exception as error:
        raise _as_os_error(error) from error


def _reserve(path: Path, size_bytes: int) -> None:
    """Take the room that a checkpoint needs, and give it back: a full disk shows before anything is written.

    orbax writes its arrays all at once, and where one of them fails, what becomes of the others is printed.
    """
    with path.open("xb") as file:
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size_bytes)
        except OSError as error:
            if error.errno != EOPNOTSUPP:
                raise
        finally:
            path.unlink()


def _write_text(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _as_os_error(error: Exception) -> OSError:
    if isinstance(error, OSError):
        return error
    told = _OS_ERROR.search(str(error))
    return OSError(int(told[1]), os.strerror(int(told[1]))) if told else OSError(EIO, brief(str(error)))


def record_of(folder: Path) -> Record:
    """A checkpoint's record. Raises DamagedError."""
    try:
        return Record.model_validate_json(text_of(folder / RECORD, _TEXT_LIMIT))
    except ValidationError:
        raise DamagedError(f"{RECORD} is no record of a checkpoint") from None


def check(folder: Path) -> None:
    """Hold every file of a checkpoint against its sum.

    Raises:
        DamagedError: One is missing, altered, too many, a link, or cannot be read.
    """
    try:
        noted, found = text_of(folder / SUMS, _TEXT_LIMIT), _sums(folder)
    except OSError as error:
        raise DamagedError(f"it cannot be read: {error.strerror}") from None
    if noted != found:
        wrong = sorted(line.partition("  ")[2] for line in {*noted.splitlines()} ^ {*found.splitlines()})
        name = wrong[0] if wrong and wrong[0].isprintable() else SUMS
        raise DamagedError(f"{brief(name)} is not as it was written")


def _sums(folder: Path) -> str:
    lines = [
        f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n"
        for path in _files(folder)
        if path != folder / SUMS
    ]
    return "".join(lines)


def _files(folder: Path) -> list[Path]:
    if not S_ISDIR(folder.lstat().st_mode):
        raise DamagedError("it is no folder")
    paths = list(islice(folder.rglob("*"), _MOST_FILES + 1))
    if len(paths) > _MOST_FILES:
        raise DamagedError(f"it has more than {_MOST_FILES:,} files")
    return sorted(path for path in paths if not S_ISDIR(path.lstat().st_mode))


def _sha256(path: Path) -> str:
    checked_size(path, limit_bytes=2**63)
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def read(
    folder: Path, wanted: Mapping[str, Any], *, part: bool = False
) -> tuple[dict[str, np.ndarray], Record]:
    """The arrays and the record of a checkpoint.

    Args:
        folder: The checkpoint.
        wanted: By name, what has the shape and the type of each array.
        part: The checkpoint may hold more; what it does is not read.

    Raises:
        DamagedError: It is not as it was written.
        OtherArraysError: It is sound, and holds arrays of other names, shapes or types. They are not read.
    """
    check(folder)
    record = record_of(folder)
    try:
        kept = {name: like for name, like in wanted.items() if prod(like.shape)}
        arrays = _arrays(folder.absolute(), kept, part=part)
    except (DamagedError, OtherArraysError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  files made up to pass the check may fail anywhere in orbax
        raise DamagedError(f"orbax cannot read it ({type(error).__name__})") from None
    empty = {name: np.zeros(like.shape, like.dtype) for name, like in wanted.items() if name not in arrays}
    if not part and digest_of(arrays | empty) != record.digest:
        raise DamagedError("its arrays do not have the digest that its record tells")
    return arrays | empty, record


def _arrays(folder: Path, wanted: Mapping[str, Any], *, part: bool) -> dict[str, np.ndarray]:
    from orbax import checkpoint as ocp  # noqa: PLC0415  slow to import

    checkpointer = ocp.Checkpointer(ocp.PyTreeCheckpointHandler())
    found = checkpointer.metadata(folder).item_metadata.tree
    _compare({name: found[name] for name in found if name in wanted or not part}, wanted)
    # As numpy arrays whatever the files say: nothing is converted, and nothing is put on a device.
    plain = {name: ocp.RestoreArgs(restore_type=np.ndarray) for name in wanted}
    args = ocp.args.PyTreeRestore(item=dict(wanted), restore_args=plain, partial_restore=part)
    restored: dict[str, np.ndarray] = checkpointer.restore(folder, args=args)
    return restored


def _compare(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Hold what a checkpoint says of its arrays against what is wanted, before memory is taken for them."""
    differences = []
    for name in sorted({*found, *wanted}):
        there, here = (_described(side.get(name)) for side in (found, wanted))
        if there != here:
            differences.append(f"{brief(name)} is {there} in the checkpoint, and {here} in the run")
    if differences:
        raise OtherArraysError(tuple(differences))
    for name, array in found.items():
        pieces = array.storage.chunk_shape
        if any(piece > size for piece, size in zip(pieces, array.shape, strict=True)):
            raise DamagedError(f"{name} is stored in pieces larger than itself")


def _described(array: Any) -> str:
    if array is None:
        return "missing"
    return f"{array.dtype.name}[{', '.join(str(size) for size in array.shape)}]"
