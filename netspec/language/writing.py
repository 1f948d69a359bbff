"""Values as the language writes them, so that reading gives the same values."""

import json
import re
from math import isfinite
from typing import Any, Final

from netspec.language.values import core_value

_WORD: Final = re.compile(r"[A-Za-z_~][A-Za-z0-9_./~-]*")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_(][A-Za-z0-9_ .,;()/+-]*")


def argument(value: Any) -> str:
    """A value among an arrow call's arguments."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(argument, value))}]"
    if isinstance(value, str):
        return value if _WORD.fullmatch(value) and core_value(value) == value else f'"{value}"'
    return _scalar(value)


def inline(value: Any) -> str:
    """A value on one line of YAML."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {inline(item)}' for key, item in value.items())}}}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, str):
        return value if _WORD.fullmatch(value) and core_value(value) == value else _quoted(value)
    return _scalar(value)


def text(value: str) -> str:
    """A text as a YAML value of its own line: plain where that reads the same, else in quotes."""
    plain = _PLAIN.fullmatch(value) and core_value(value) == value and value == value.strip()
    return value if plain else _quoted(value)


def _scalar(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float() if not isfinite(value):
            return {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}[str(value)]
        case float():
            # YAML 1.1, which other tools still read, takes a number with an exponent only with a point.
            digits, e, exponent = repr(value).partition("e")
            return f"{digits}.0e{exponent}" if e and "." not in digits else repr(value)
        case _:
            return repr(value)


def _quoted(value: str) -> str:
    """A text in double quotes, with escapes for what is not seen as itself."""
    shown = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
