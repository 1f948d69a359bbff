"""How wide text is where the font is not known."""

from typing import Final
from unicodedata import east_asian_width

from netspec.render.text import safe

_LONGEST: Final = 44
"""Characters of a label; the whole text is in the title of its group."""
_BOLD: Final = 1.1
_WIDTHS: Final = {
    **dict.fromkeys("'", 0.28),
    **dict.fromkeys(" ,.Iijl", 0.32),
    **dict.fromkeys("-/:;\\f|!()[]rt", 0.4),
    **dict.fromkeys('"*_`sz?c', 0.55),
    **dict.fromkeys("FJLPTYaekovxy", 0.61),
    **dict.fromkeys("ABCRVXZDGHNU", 0.74),
    **dict.fromkeys("&OQw#+<=>^~", 0.84),
    **dict.fromkeys("%m@WM", 0.99),
}
"""In units of the font's height: DejaVu Sans, the widest of the usual sans-serif fonts, so that all others fit too."""


def width(text: str, size: float, *, strong: bool = False) -> float:
    """The most that a text takes in a usual sans-serif font of this size."""
    return sum(map(_width, text)) * size * (_BOLD if strong else 1)


def _width(char: str) -> float:
    if char.isascii():
        return _WIDTHS.get(char, 0.65)
    return 1.0 if east_asian_width(char) in "WF" else 0.8


def short(text: str, longest: int = _LONGEST) -> str:
    """Text without control characters, cut where it is too long for a label."""
    shown = safe(text)
    return shown if len(shown) <= longest else f"{shown[: longest - 3]}..."


def wrapped(text: str, size: float, room: float) -> list[str]:
    """Text in lines that fit a width, as far as its words do."""
    lines: list[str] = []
    for word in text.split():
        if lines and width(f"{lines[-1]} {word}", size) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
