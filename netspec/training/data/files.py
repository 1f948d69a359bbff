"""Files of data: where they lie, and what is said where they are not there or cannot be read."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

from netspec.diagnostics import brief, rules
from netspec.training.faults import fault

MOST_BYTES: Final = 2**33
"""What one array may take in memory; a packed file may claim any size."""

MOST_KEPT_BYTES: Final = 2**30
"""Examples that are made from others are made once and kept where they take less, else whenever they are used."""


def located(path: str, folder: str) -> Path:
    """A path as a spec writes it, with a name: relative ones begin in the folder, `~` is the user's home."""
    found = Path(folder) / Path(path).expanduser()
    return found if found.name not in ("", "..") else found.resolve()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns the errors of opening and unpacking a file into findings. Raises TrainError."""
    try:
        yield
    except FileNotFoundError:
        raise fault(rules.MISSING_DATA, path, f"there is no file `{path.name}`") from None
    except (
        EOFError,
        zlib.error,
        BadZipFile,
        RuntimeError,
        UnicodeError,
        OSError,
    ) as error:
        reason = brief(getattr(error, "strerror", None) or str(error) or type(error).__name__)
        raise fault(rules.UNREADABLE_DATA, path, f"`{path.name}` cannot be read: {reason}") from None


def refuse_large(path: Path, count: int, size: int, what: str = "it") -> None:
    """Raises TrainError where an array of `count` values of `size` bytes is larger than is allowed."""
    if count * size > MOST_BYTES:
        message = f"{what} would take {count * size:,} bytes in memory, and {MOST_BYTES:,} are allowed"
        raise fault(rules.UNREADABLE_DATA, path, message)


def listed(names: list[str], most: int = 10) -> str:
    """Names in a sentence: `a`, `b` and 3 more."""
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown
