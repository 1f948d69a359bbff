"""Files of a run are read as if somebody else had written them: a link, a pipe or a giant is refused before it is read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG

from netspec.diagnostics import rules
from netspec.training.faults import fault


class DamagedError(Exception):
    """A file of a run is not as it was written; the message says what is wrong with it."""


def checked_size(path: Path, limit_bytes: int) -> int:
    """Bytes of an ordinary file, which links are not.

    Raises:
        DamagedError: It is missing, something else, or larger than the limit.
    """
    try:
        stat = path.lstat()
    except OSError as error:
        raise DamagedError(f"{path.name} cannot be read: {error.strerror}") from None
    if not S_ISREG(stat.st_mode):
        raise DamagedError(f"{path.name} is no ordinary file")
    if stat.st_size > limit_bytes:
        raise DamagedError(
            f"{path.name} has {stat.st_size:,} bytes, more than the {limit_bytes:,} it may have"
        )
    return stat.st_size


def text_of(path: Path, limit_bytes: int) -> str:
    """The text of an ordinary file.

    Raises:
        DamagedError: It is missing, something else, larger than the limit, or not in UTF-8.
    """
    checked_size(path, limit_bytes)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise DamagedError(f"{path.name} holds bytes that are no text") from None
    except OSError as error:
        raise DamagedError(f"{path.name} cannot be read: {error.strerror}") from None


def sync(folder: Path) -> None:
    """Bring a folder's entries to the disk, so that a power cut does not undo a renaming."""
    if os.name == "nt":  # folders cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def saving(path: Path) -> Iterator[None]:
    """What writes a file: a fault of the system on the way becomes a TrainError that names the file."""
    try:
        yield
    except OSError as error:
        message = f"{path.name} cannot be written: {error.strerror or error}"
        raise fault(rules.CANNOT_SAVE, path, message, help="make room, or allow writing there") from error
