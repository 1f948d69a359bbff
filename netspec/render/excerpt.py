"""Lines of a source with marks under them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from operator import attrgetter
from typing import Final

from netspec.diagnostics import Span
from netspec.render.cut import cut
from netspec.render.text import Look, columns, safe, wrap

_SHOWN: Final = 6
"""A marked stretch of more lines than this is shown by its first and last two."""


@dataclass(frozen=True)
class Gutter:
    """The margin with line numbers, as wide as the largest of them.

    `above` is the number of lines of the file that stand above the text at hand.
    """

    look: Look
    digits: int
    above: int = 0

    @property
    def room(self) -> int:
        """Columns left for text."""
        return max(self.look.width - self.digits - 4, 24)

    def row(self, number: int | None = None, text: str = "") -> str:
        """A line of the excerpt, with its number where it is one of the source."""
        label = "" if number is None else str(number + self.above)
        return self.look.paint("gutter", f" {label:>{self.digits}} |") + (f" {text}" if text else "")

    def place(self, place: str) -> str:
        """The line that says where an excerpt is from."""
        return f"{'':{self.digits + 1}}{self.look.paint('gutter', '-->')} {safe(place)}"

    def under(self, text: str) -> list[str]:
        """A remark below an excerpt: ` = text`."""
        indent = " " * (self.digits + 2)
        lines = wrap(text, self.look.width, first=f"{indent}= ", rest=f"{indent}  ")
        head = self.look.paint("gutter", f"{indent}=")
        return [head + lines[0][len(indent) + 1 :], *lines[1:]]


@dataclass(frozen=True)
class Mark:
    """A span to be marked, the sign to mark it with, and what to say beside it."""

    span: Span
    sign: str
    label: str = ""
    style: str = "error"

    @property
    def line(self) -> int:
        """The line on which the mark starts."""
        return self.span.line

    @property
    def lines(self) -> tuple[int, int]:
        """The lines on which the mark starts and ends."""
        return self.span.line, self.span.end_line

    @property
    def start(self) -> int:
        """The first character within its line, from 0."""
        return self.span.column - 1

    @property
    def end(self) -> int:
        """The character of the last line at which the mark ends, from 0."""
        return self.span.end_column - 1


def trimmed(span: Span) -> Span:
    """The span without the white space at its end, so that it does not reach into a line of which it marks nothing."""
    text = span.text.rstrip() or span.text.partition("\n")[0]
    return span.source.span(span.start, span.start + len(text))


def digits_for(spans: Sequence[Span]) -> int:
    """The width of the largest line number that excerpts of these spans show."""
    return max((len(str(trimmed(span).end_line)) for span in spans), default=1)


def excerpt(marks: Sequence[Mark], gutter: Gutter) -> Iterator[str]:
    """The marked lines of one source in their order, with `...` between lines that do not follow each other."""
    shown = 0
    for (first, last), group in groupby(sorted(marks, key=attrgetter("line")), key=attrgetter("lines")):
        if shown and first > shown + 1:
            yield _skipped(gutter)
        together = list(group)
        yield from _one_line(together, gutter) if first == last else _many_lines(together[0], gutter)
        shown = last


def _skipped(gutter: Gutter) -> str:
    return gutter.look.paint("gutter", "...")


def _one_line(marks: list[Mark], gutter: Gutter) -> Iterator[str]:
    """A line, then a row for each mark; marks without a label share the row of the next one further right."""
    seen = cut(
        marks[0].span.source.line(marks[0].line), [(mark.start, mark.end) for mark in marks], gutter.room
    )
    yield gutter.row(marks[0].line, seen.text)
    row, painted = "", ""
    for mark in marks:
        start, end = seen.columns(mark.start, mark.end)
        if start < len(row):
            yield gutter.row(None, painted)
            row, painted = "", ""
        painted += " " * (start - len(row)) + gutter.look.paint(mark.style, mark.sign * (end - start))
        row = row.ljust(start) + mark.sign * (end - start)
        if mark.label:
            yield from _labelled(row, painted, mark, gutter)
            row, painted = "", ""
    if row:
        yield gutter.row(None, painted)


def _many_lines(mark: Mark, gutter: Gutter) -> Iterator[str]:
    """Every line with a bar beside it, and the sign under the span's last character."""
    look, end = gutter.look, 0
    for number in _ends(*mark.lines):
        if number is None:
            yield _skipped(gutter)
            continue
        line = mark.span.source.line(number)
        spot = _within(mark, number, line)
        seen = cut(line, [spot], gutter.room - 2)
        end = seen.columns(*spot)[1]
        yield gutter.row(
            number, look.paint(mark.style, "/" if number == mark.line else "|") + f" {seen.text}"
        )
    reach = "|" + "_" * end + mark.sign
    yield from _labelled(reach, look.paint(mark.style, reach), mark, gutter)


def _ends(first: int, last: int) -> Iterator[int | None]:
    if last - first < _SHOWN:
        yield from range(first, last + 1)
    else:
        yield from (first, first + 1, None, last - 1, last)


def _within(mark: Mark, number: int, line: str) -> tuple[int, int]:
    """The characters of a line that belong to a mark of several lines."""
    start = mark.start if number == mark.line else sum(1 for _ in takewhile(str.isspace, line))
    return start, mark.end if number == mark.lines[1] else len(line)


def _labelled(row: str, painted: str, mark: Mark, gutter: Gutter) -> Iterator[str]:
    """A row of marks with the label beside it where it fits, else below, moved to the left as far as needed."""
    label, paint = safe(mark.label), gutter.look.paint
    if len(row) + 1 + columns(label) <= gutter.room:
        yield gutter.row(None, f"{painted} {paint(mark.style, label)}" if label else painted)
        return
    yield gutter.row(None, painted)
    indent = " " * max(0, min(len(row.rstrip(mark.sign)), gutter.room - columns(label)))
    for line in wrap(label, gutter.room - len(indent)):
        yield gutter.row(None, indent + paint(mark.style, line))
