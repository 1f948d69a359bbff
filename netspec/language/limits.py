"""Limits that keep a hostile file from costing more than a second or much memory."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a spec may be. `Limits.parse(["layers=1000000"])` raises single ones."""

    bytes: int = 1_048_576
    """Size of the file."""
    values: int = 250_000
    """YAML values, with what aliases expand to counted again."""
    depth: int = 64
    """Nesting of YAML values, brackets, expressions and block calls."""
    layers: int = 25_000
    """Layers, repeats and block calls after everything is unrolled."""

    @classmethod
    def parse(cls, settings: Iterable[str]) -> "Limits":
        """Limits from `NAME=NUMBER` texts. Raises ValueError that says what is wrong."""
        known = [field.name for field in fields(cls)]
        changed = {}
        for setting in settings:
            name, _, number = setting.partition("=")
            if name not in known:
                raise ValueError(f"there is no limit {name!r}; the limits are {', '.join(known)}")
            if not (number.isascii() and number.isdigit() and 0 < len(number) <= 15 and int(number)):
                raise ValueError(f"the limit {name} needs a whole number from 1, not {number!r}")
            changed[name] = int(number)
        # Deeper nesting than this would end in Python's own recursion limit.
        if changed.get("depth", 0) > 100:
            raise ValueError("the limit depth is at most 100")
        return replace(cls(), **changed)
