"""What a run would do, before it begins."""

from collections.abc import Iterator

from netspec.render.grid import Heading, Line, Table, drawn
from netspec.render.text import Look, safe


def plan(facts: tuple[tuple[str, str], ...], notes: tuple[str, ...], look: Look) -> Iterator[str]:
    """The facts line by line, what else there is to know, and that they suit each other."""
    heads = Heading("Plan", left=True), Heading("", left=True)
    yield from drawn(Table(heads, tuple(Line((title, safe(text))) for title, text in facts)), look)
    yield from (f"note: {safe(note)}" for note in notes)
    yield "Spec and data suit each other; nothing was trained."
