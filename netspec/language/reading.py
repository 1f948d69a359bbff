"""A spec's text from wherever it is named: a file, a bundled spec, standard input."""

import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from netspec.diagnostics import Finding, Source, rules
from netspec.language import catalog
from netspec.language.limits import Limits
from netspec.language.nearest import did_you_mean
from netspec.language.yaml12 import Unreadable


@dataclass(frozen=True)
class Target:
    """What a command line names: a file, a bundled spec or `-`, and perhaps a variant."""

    name: str
    variant: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Target":
        """`resnet50.yaml@101` names a variant, unless a file of that very name exists."""
        name, at, variant = text.rpartition("@")
        return cls(name, variant) if at and name and not _exists(text) else cls(text)


def read(name: str, limits: Limits) -> Source:
    """The text of a spec. Raises `Unreadable`; never blocks on a pipe and never reads past the size limit."""
    if name == "-":
        return _decode(name, sys.stdin.buffer.read(limits.bytes + 1), limits)
    path = Path(name)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return _bundled(name, limits)
    except (OSError, ValueError) as error:
        raise _unreadable(name, f"cannot be read: {_reason(error)}") from None
    if not stat.S_ISREG(mode):
        raise _unreadable(
            name, f"is {_sort(mode)}, not a file", _specs_in(path) if stat.S_ISDIR(mode) else ""
        )
    try:
        with path.open("rb") as file:
            return _decode(name, file.read(limits.bytes + 1), limits)
    except OSError as error:
        raise _unreadable(name, f"cannot be read: {_reason(error)}") from None


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False


def _bundled(name: str, limits: Limits) -> Source:
    stem = name.removesuffix(".yaml")
    specs = catalog.bundled()
    if stem in specs:
        return _decode(name, specs[stem].read_bytes(), limits)
    near = did_you_mean(Path(stem).name, specs)
    help_ = f"of the bundled specs, {near}" if near else "`netspec list` prints the bundled specs"
    raise _unreadable(name, "does not exist", help_)


def _decode(name: str, data: bytes, limits: Limits) -> Source:
    shown = "<stdin>" if name == "-" else name
    if len(data) > limits.bytes:
        raise Unreadable(
            Finding(
                rule=rules.LIMIT_EXCEEDED,
                file=shown,
                message=f"the file is larger than {limits.bytes:,} bytes",
                help="raise it with `--limit bytes=N` if this is meant",
            )
        )
    try:
        return Source(shown, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            Finding(
                rule=rules.NOT_TEXT,
                file=shown,
                message=f"byte {error.start} (line {line}) is no UTF-8 text: 0x{data[error.start]:02X}",
                help="save it as UTF-8",
            )
        ) from None


def _sort(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a directory"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"


def _specs_in(folder: Path) -> str:
    return f"name the files in it: {folder}/*.yaml"


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)


def _unreadable(name: str, what: str, help_: str = "") -> Unreadable:
    return Unreadable(Finding(rule=rules.UNREADABLE_FILE, file=name, message=f"{name} {what}", help=help_))
