"""Pieces that pages of HTML have in common."""

from collections.abc import Iterable, Iterator
from html import escape

from netspec.render.text import safe


def text(words: str) -> str:
    """Words of a spec or a run: nothing in them is markup, and nothing in them is unseen."""
    return escape(safe(words))


def section(title: str, content: Iterable[str]) -> Iterator[str]:
    """A part of a page; nothing where there is nothing to say."""
    found = list(content)
    if found:
        yield f"<section><h2>{title}</h2>"
        yield from found
        yield "</section>"


def figures(headline: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """The most important numbers, each with what it is and a detail."""
    yield '<dl class="figures">'
    for label, value, detail in headline:
        yield f"<div><dt>{text(label)}</dt><dd><b>{text(value)}</b><span>{text(detail)}</span></dd></div>"
    yield "</dl>"
