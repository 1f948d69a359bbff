"""The specs that come with netspec, by name."""

from functools import cache
from pathlib import Path


@cache
def folder() -> Path:
    """Where the bundled specs are: inside the installed package, or `specs/` of a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "specs"
    return installed if installed.is_dir() else package.parent / "specs"


@cache
def bundled() -> dict[str, Path]:
    """Every bundled spec, sorted by name."""
    return {path.stem: path for path in sorted(folder().glob("*.yaml"))}


def bundled_text(name: str) -> str:
    """The text of a bundled spec. Raises KeyError for an unknown name."""
    return bundled()[name].read_text(encoding="utf-8")
