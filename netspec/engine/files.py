"""Writing files so that no half-written one is ever seen."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EINVAL, EISDIR
from os import PathLike
from pathlib import Path
from secrets import token_hex


@contextmanager
def aside(path: str | PathLike[str]) -> Iterator[Path]:
    """An empty file beside `path`, to be filled; it takes the place of `path` when the block ends without a fault.

    Until then a file that is there stays as it is. A link keeps pointing to the file that is replaced.

    Raises:
        OSError: The file cannot be written, or what is there is no file.
    """
    target = Path(os.path.realpath(path))
    made = target.with_name(f".{target.name[:40]}.{token_hex(4)}")
    mode = _create(made, target, os.fspath(path))
    try:
        yield made
        _settle(made, mode)
        made.replace(target)
    finally:
        made.unlink(missing_ok=True)


def _create(made: Path, target: Path, shown: str) -> int:
    """Make the file with the permissions that new files get, which are the result."""
    if target.exists() and not target.is_file():
        code = EISDIR if target.is_dir() else EINVAL
        raise OSError(code, os.strerror(code) if target.is_dir() else "it is no ordinary file", shown)
    try:
        with made.open("xb") as file:
            return os.fstat(file.fileno()).st_mode & 0o777
    except OSError as error:
        raise OSError(error.errno, error.strerror, shown) from None


def _settle(made: Path, mode: int) -> None:
    """Bring what was written to the disk: a file that is renamed before may be empty after a power cut."""
    made.chmod(mode)
    with made.open("rb+") as file:
        os.fsync(file.fileno())
