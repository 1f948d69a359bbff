"""The lines of a source as a mend would leave them."""

from collections.abc import Iterator
from dataclasses import replace

from netspec.diagnostics import Edit, Mend, Source
from netspec.render.excerpt import Gutter, Mark, excerpt


def mended_lines(mend: Mend, gutter: Gutter, label: str) -> Iterator[str]:
    """Each line that the mend changes, as it would read, with `+` under insertions and `~` under replacements."""
    edits = sorted(mend.edits, key=lambda edit: edit.span.start)
    text, changes = _apply(edits)
    after = Source(edits[0].span.source.name, text)
    marks = [Mark(after.span(start, end), sign, style="help") for start, end, sign in changes]
    marks[-1:] = [replace(mark, label=label) for mark in marks[-1:]]
    gutter = replace(gutter, above=edits[0].span.line - 1)
    yield gutter.row()
    yield from excerpt(marks, gutter)


Change = tuple[int, int, str]
"""Where the mended text is new, and the sign for it."""


def _apply(edits: list[Edit]) -> tuple[str, list[Change]]:
    """The lines that the edits touch, after them, and where they are new.

    The other lines are left out: a file may be long, and have many mends.
    """
    source = edits[0].span.source
    last = max(edit.span.end_line for edit in edits)
    start, end = source.line_start(edits[0].span.line), source.line_start(last) + len(source.line(last))
    parts: list[str] = []
    changes: list[Change] = []
    length = 0
    for edit in edits:
        kept = source.text[start : edit.span.start]
        changes += _changes(edit, length + len(kept))
        parts += (kept, edit.replacement)
        length += len(kept) + len(edit.replacement)
        start = edit.span.end
    return "".join((*parts, source.text[start : max(start, end)])), changes


def _changes(edit: Edit, start: int) -> Iterator[Change]:
    """What an edit adds, around the old text where that is kept whole."""
    old, new = edit.span.text, edit.replacement
    at = new.find(old)
    if at < 0:
        yield start, start + len(new), "~"
        return
    if at > 0:
        yield start, start + at, "+"
    if at + len(old) < len(new):
        yield start + at + len(old), start + len(new), "+"
