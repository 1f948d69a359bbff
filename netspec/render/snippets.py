"""A finding as people read it: message, place, the line with marks, notes, help and the mended line."""

from collections.abc import Iterator

from netspec.diagnostics import Finding, Mend
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
    yield gutter.place(str(finding.span or finding.file))
    here = finding.span.source if finding.span else None
    yield from _excerpt([mark for mark in marks if mark.span.source is here], gutter)
    for mark in marks:
        if mark.span.source is not here:
            yield gutter.place(str(mark.span))
            yield from _excerpt([mark], gutter)
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


def _excerpt(marks: list[Mark], gutter: Gutter) -> Iterator[str]:
    if marks:
        yield gutter.row()
        yield from excerpt(marks, gutter)


def _help(finding: Finding, gutter: Gutter) -> Iterator[str]:
    if finding.help:
        yield from gutter.under(f"help: {finding.help}")
    for mend in finding.mends:
        yield from _mend(mend, gutter, told=finding.help)


def _mend(mend: Mend, gutter: Gutter, told: str) -> Iterator[str]:
    """The mended line; its help stands beside the marks where the finding has a help of its own."""
    if not told:
        yield from gutter.under(f"help: {mend.help}")
    yield from mended_lines(mend, gutter, mend.help if told and told != mend.help else "")
