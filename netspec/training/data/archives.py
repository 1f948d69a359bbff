"""The files of a folder or of a zip file, alike; nothing is unpacked onto the disk."""

import os
import zipfile
from pathlib import Path
from typing import IO, Any, Final, Protocol

from netspec.diagnostics import rules
from netspec.training.data.files import reading
from netspec.training.faults import fault

_DEEPEST: Final = 8
"""Folders below one another that are looked into; links may go round in circles."""


class Files(Protocol):
    """Files by name, such as `train/cat/1.png`; may be sent to another process."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every file, sorted."""

    def open(self, name: str) -> IO[bytes]:
        """A file's bytes, to be read and closed."""

    def size_bytes(self, name: str) -> int:
        """A file's size."""


class FolderFiles:
    """The files below a folder; links are followed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names = tuple(sorted(_walked(path)))

    def open(self, name: str) -> IO[bytes]:
        """As `Files` says."""
        return (self.path / name).open("rb")

    def size_bytes(self, name: str) -> int:
        """As `Files` says."""
        return (self.path / name).stat().st_size


class ZipFiles:
    """The files in a zip file. Raises TrainError where it cannot be read, or a name leads out of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with reading(path):
            self._zip = zipfile.ZipFile(path)
        self.names = tuple(sorted(info.filename for info in self._zip.infolist() if not info.is_dir()))
        if outside := [name for name in self.names if name.startswith("/") or ".." in name.split("/")]:
            message = f"`{path.name}` holds the name `{outside[0]}`, which leads out of it"
            raise fault(rules.UNREADABLE_DATA, path, message)

    def __reduce__(self) -> tuple[Any, ...]:
        return ZipFiles, (self.path,)

    def open(self, name: str) -> IO[bytes]:
        """As `Files` says."""
        return self._zip.open(name)

    def size_bytes(self, name: str) -> int:
        """As `Files` says."""
        return self._zip.getinfo(name).file_size


def opened_files(path: Path) -> Files:
    """The files of a folder or zip file. Raises TrainError."""
    if path.is_dir():
        return FolderFiles(path)
    if not path.exists():
        raise fault(rules.MISSING_DATA, path, f"there is no folder or zip file `{path.name}`")
    return ZipFiles(path)


def _walked(root: Path) -> list[str]:
    names = []
    for folder, inner, files in os.walk(root, followlinks=True):
        below = Path(folder).relative_to(root)
        if len(below.parts) >= _DEEPEST:
            inner.clear()
        names += [(below / name).as_posix() for name in files]
    return names
