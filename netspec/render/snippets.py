"""A finding as people read it: message, place, the line with marks, notes, help and the mended line."""

from collections.abc import Iterator

from netspec.diagnostics import Finding
from netspec.render.excerpt import Gutter, Mark, digits_for, excerpt, trimmed
from netspec.render.mended import mended_lines
from netspec.render.text import Look, wrap


def snippet(finding: Finding, look: Look) -> str:
    """The finding in the form of the manual's chapter on diagnostics, without a line break at its end."""
    return "\n".join(_lines(finding, look))


def _lines(finding: Finding, look: Look) -> Iterator[str]:
    marks = list(_marks(finding))
    gutter = Gutter(look, digits_for([mark.span for mark in marks]))
    yield from _heading(finding, look)
    here = marks[0].span.source if finding.span else None
    if here is None:
        yield gutter.place(finding.file)
    else:
        yield from _place([mark for mark in marks if mark.span.source is here], gutter)
    for mark in marks:
        if mark.span.source is not here:
            yield from _place([mark], gutter)
    for note in finding.notes:
        yield from gutter.under(note)
    yield from _help(finding, gutter)


def _heading(finding: Finding, look: Look) -> Iterator[str]:
    head = f"{finding.severity}[{finding.code}]"
    first, *rest = wrap(f"{head}: {finding.message}", look.width, rest="  ")
    yield look.paint(str(finding.severity), head) + look.paint("strong", first[len(head) :])
    for line in rest:
        yield look.paint("strong", line)


def _marks(finding: Finding) -> Iterator[Mark]:
    if finding.span:
        yield Mark(trimmed(finding.span), "^", finding.label, str(finding.severity))
    for related in finding.related:
        yield Mark(trimmed(related.span), "-", related.text, "gutter")


def _place(marks: list[Mark], gutter: Gutter) -> Iterator[str]:
    """Where the first mark is, and the lines of all; of an option of the command line the whole, and no lines."""
    span = marks[0].span
    if span.source.name.startswith("--"):
        yield gutter.place(f"{span.source.name}={span.source.text}")
        yield from gutter.under(marks[0].label) if marks[0].label else ()
    else:
        yield gutter.place(str(span))
        yield gutter.row()
        yield from excerpt(marks, gutter)


def _help(finding: Finding, gutter: Gutter) -> Iterator[str]:
    """The help, then each mend as the line it gives; several mends have their own help beside their marks."""
    if finding.help:
        yield from gutter.under(f"help: {finding.help}")
    for mend in finding.mends:
        if not finding.help:
            yield from gutter.under(f"help: {mend.help}")
        yield from mended_lines(mend, gutter, mend.help if finding.help and len(finding.mends) > 1 else "")
