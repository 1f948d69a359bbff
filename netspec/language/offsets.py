"""Where the characters of a YAML scalar stand in the file: the inverse of folding, stripping and escapes."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

_ESCAPE_LENGTH: Final = {"x": 4, "u": 6, "U": 10}
_BREAK: Final = r"(?:\r\n|\n|\r)"
_LINE_BREAK: Final = re.compile(_BREAK)
_BLANK: Final = re.compile(r"[ \t]+")
_FOLD: Final = re.compile(rf"{_BREAK}(?:[ \t]*+{_BREAK})*+[ \t]*")
_ESCAPED_BREAK: Final = re.compile(rf"\\{_BREAK}[ \t]*")


def offsets(raw: str, start: int, end: int, style: str | None, text: str) -> list[int]:
    """For each character of a scalar's text its offset in the file, and the end's.

    `raw` is the file, in which the scalar, written in `style` (PyYAML's), stands from `start` to `end`.
    """
    found = _in_block(raw, start, end, text) if style in ("|", ">") else _in_flow(raw, start, end, style)
    known = list(islice(found, len(text)))
    return known + [end] * (len(text) + 1 - len(known))


def written_length(raw: str, at: int, style: str | None) -> int:
    """How many characters of the file write the one at an offset: more than one for an escape in quotes."""
    if style == '"' and raw[at] == "\\":
        return _ESCAPE_LENGTH.get(raw[at + 1 : at + 2], 2)
    return 2 if style == "'" and raw[at] == "'" else 1


def _in_flow(raw: str, start: int, end: int, style: str | None) -> Iterator[int]:
    """Plain and quoted scalars (YAML 1.2, chapter 7.3): line breaks fold, and quotes have escapes."""
    at, end = (start, end) if style is None else (start + 1, end - 1)
    while at < end:
        blank = _BLANK.match(raw, at, end)
        fold = _FOLD.match(raw, blank.end() if blank else at, end)
        if fold is not None:
            yield from [at] * max(1, len(_LINE_BREAK.findall(fold[0])) - 1)
            at = fold.end()
        elif blank is not None:
            yield from range(at, blank.end())
            at = blank.end()
        elif style == '"' and (skipped := _ESCAPED_BREAK.match(raw, at, end)) is not None:
            at = skipped.end()
        else:
            yield at
            at += written_length(raw, at, style)


def _in_block(raw: str, start: int, end: int, text: str) -> Iterator[int]:
    """Block scalars (chapter 8.1).

    Text and file hold the same characters in the same order, but for white space that is stripped or folded; so
    each is found at the next place that is not white space.
    """
    header = _LINE_BREAK.search(raw, start)
    at = header.end() if header else len(raw)
    for character in text:
        if character.isspace():
            yield min(at, end)
            at += raw[at : at + 1] == character
            continue
        while at < end and raw[at].isspace():
            at += 1
        yield at
        at += 1
