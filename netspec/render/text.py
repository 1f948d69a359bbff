"""Text made safe for a terminal, measured, wrapped and painted."""

import textwrap
from dataclasses import dataclass
from typing import Final
from unicodedata import category, east_asian_width

_STYLES: Final = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "gutter": "1;34",
    "help": "32",
    "strong": "1",
}


@dataclass(frozen=True)
class Look:
    """How wide text may be, and whether it has colour."""

    width: int = 80
    colour: bool = False

    def paint(self, style: str, text: str) -> str:
        """The text in a style, by the SGR codes of ECMA-48; as it is where there is no colour."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and text else text


def safe(text: str) -> str:
    r"""The text with every character that is not seen as itself written as an escape (`\x1b`, `\u202e`).

    No text of a spec may steer the terminal, reorder a line or hide in it.
    """
    if text.isprintable():
        return text
    return "".join(ch if ch.isprintable() else ch.encode("unicode_escape").decode() for ch in text)


def columns(text: str) -> int:
    """The columns that safe text takes: two for a wide character, none for a combining mark."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    if category(char) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def wrap(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """Safe text in lines of at most `width` columns where words allow it; `conv3-64` stays in one piece."""
    return textwrap.wrap(
        safe(text),
        max(width, 20),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]


def count(number: int, noun: str) -> str:
    """A number with its noun: `1 error`, `2 errors`, `12,500 layers`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(words: list[str], last: str = "or") -> str:
    """Words as a sentence lists them: `a, b or c`."""
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
