"""Scalars: YAML 1.2's core schema, sizes such as `5x20`, and expressions in braces."""

import re
from typing import Final

Plain = int | float | bool | str | None

_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o([0-7]+)|0x([0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")
_WORDS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip

PIECE: Final = r"(?:[0-9]+|\{[^{}\n]*\})"
SIZES: Final = re.compile(rf"{PIECE}(?:x{PIECE})+")
EXPRESSION: Final = re.compile(r"\{[^{}\n]*\}")

# Longer digit strings are refused unread: Python's own limit is 4,300 digits, 2^63 has 19.
_LONGEST_NUMBER = 40


def core_value(text: str) -> Plain:  # noqa: PLR0911  one return for each row of the schema's table
    """A plain scalar by YAML 1.2's core schema (section 10.3.2): `1e-3` is a number, `no` and `012:30` are text.

    Numbers of more than 40 characters stay text, so that no digit string is ever costly.
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if found := _BASED.fullmatch(text):
        return int(found[1], 8) if found[1] else int(found[2], 16)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return float(text.replace(".", ""))
    return float("nan") if text in (".nan", ".NaN", ".NAN") else text


def is_number_text(text: str) -> bool:
    """True for digit strings that are too long to be read as numbers."""
    return len(text) > _LONGEST_NUMBER and bool(_FLOAT.fullmatch(text))
