"""One process at a time: a lock that the system takes back when its process ends, in whatever way."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

if sys.platform != "win32":
    import fcntl


class LockedError(Exception):
    """Another process holds the lock; `process` is its number, where it is known."""

    def __init__(self, process: int | None) -> None:
        super().__init__(f"process {process}" if process else "another process")
        self.process = process


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock on a file, which is made where it is missing. On Windows nothing is locked.

    Raises:
        LockedError: Another process holds it.
        OSError: The file cannot be made.
    """
    with path.open("a+b", buffering=0) as file:
        if sys.platform != "win32":
            _take(file.fileno(), path)
            file.truncate(0)
            file.write(b"%d\n" % os.getpid())
        yield


def is_held(path: Path) -> bool:
    """Whether some process holds the lock; on Windows nobody knows."""
    if sys.platform == "win32":
        return False
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _take(file: int, path: Path) -> None:
    if sys.platform == "win32":
        return
    for tries in range(3):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if tries == 2:
                raise LockedError(_holder(path)) from None
            sleep(0.05)  # somebody may only be looking whether it is held
        else:
            return


def _holder(path: Path) -> int | None:
    text = path.read_bytes()[:20].strip()
    return int(text) if text.isdigit() else None
