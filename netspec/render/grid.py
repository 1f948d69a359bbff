"""Tables of texts, and how they are laid out: for a terminal, as Markdown, as LaTeX.

The terminal's layout is written here in a few lines and not left to rich, whose import would take a sixth of the
time in which `netspec analyze` answers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, Protocol

from netspec.render.text import Look, columns as width_of

GAP: Final = 2
_INDENT: Final = "  "


class Titled(Protocol):
    """A column of a table: its title, and whether its texts begin at the left."""

    @property
    def title(self) -> str:
        """What stands above it."""

    @property
    def left(self) -> bool:
        """True for words, false for numbers."""


@dataclass(frozen=True)
class Heading:
    """A column that is no more than its title."""

    title: str
    left: bool = False


@dataclass(frozen=True)
class Line:
    """One line of a table, indented by its depth; or a heading in the first cell and nothing else."""

    cells: tuple[str, ...]
    depth: int = 0
    heading: bool = False

    @property
    def indented(self) -> tuple[str, ...]:
        """The cells, the first one indented."""
        return (_INDENT * self.depth + self.cells[0], *self.cells[1:])


@dataclass(frozen=True)
class Table:
    """Columns, lines, and a line of totals where there is one."""

    columns: tuple[Titled, ...]
    lines: tuple[Line, ...]
    totals: tuple[str, ...] = ()

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles of the columns."""
        return tuple(column.title for column in self.columns)

    @property
    def widths(self) -> list[int]:
        """The columns of a terminal that each column takes; headings may reach into the next."""
        lines = [self.titles, *([self.totals] if self.totals else [])]
        lines += [line.indented for line in self.lines if not line.heading]
        return [max(width_of(line[i]) for line in lines) for i in range(len(self.columns))]

    @property
    def width(self) -> int:
        """The columns of a terminal that the whole table takes."""
        return sum(self.widths) + GAP * (len(self.columns) - 1)


# -- terminal ----------------------------------------------------------------------------------------------------------


def drawn(table: Table, look: Look) -> Iterator[str]:
    """The table's lines for a terminal."""
    widths = table.widths
    rule = look.paint("gutter", "-" * table.width)
    yield look.paint("strong", _laid(table, table.titles, widths))
    yield rule
    for line in table.lines:
        if line.heading:
            yield look.paint("note", line.indented[0])
        else:
            yield _laid(table, line.indented, widths)
    if table.totals:
        yield rule
        yield look.paint("strong", _laid(table, table.totals, widths))


def _laid(table: Table, cells: Sequence[str], widths: Sequence[int]) -> str:
    pairs = zip(cells, widths, table.columns, strict=True)
    return (" " * GAP).join(_padded(text, width, left=column.left) for text, width, column in pairs).rstrip()


def _padded(text: str, width: int, *, left: bool) -> str:
    space = " " * (width - width_of(text))
    return text + space if left else space + text


# -- Markdown ----------------------------------------------------------------------------------------------------------


def markdown(table: Table) -> Iterator[str]:
    """The table as GitHub writes it, a line at a time."""
    yield _markdown_line(table.titles)
    yield _markdown_line([":--" if column.left else "--:" for column in table.columns])
    for line in table.lines:
        first = _markdown_text(line.cells[0])
        indented = "&nbsp;" * (2 * line.depth) + (f"*{first}*" if line.heading else first)
        yield _markdown_line([indented, *map(_markdown_text, line.cells[1:])])
    if table.totals:
        yield _markdown_line([f"**{text}**" if text else "" for text in table.totals])


def _markdown_line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown_text(text: str) -> str:
    return "".join(f"\\{char}" if char in r"\`*_[]<>|#&" else char for char in text)


# -- LaTeX -------------------------------------------------------------------------------------------------------------


def latex(table: Table, caption: str) -> Iterator[str]:
    """The table for a paper, with the rules of the package booktabs, a line at a time."""
    yield "% needs \\usepackage{booktabs}"
    yield r"\begin{table}"
    yield r"\centering"
    yield rf"\caption{{{_latex_text(caption)}}}"
    yield rf"\begin{{tabular}}{{{''.join('l' if column.left else 'r' for column in table.columns)}}}"
    yield r"\toprule"
    yield _latex_line(table.titles)
    yield r"\midrule"
    for line in table.lines:
        first = _latex_text(line.cells[0])
        indent = rf"\hspace{{{line.depth}em}}" if line.depth else ""
        yield indent + _latex_cells(
            [rf"\emph{{{first}}}" if line.heading else first, *map(_latex_text, line.cells[1:])]
        )
    if table.totals:
        yield r"\midrule"
        yield _latex_line(table.totals)
    yield r"\bottomrule"
    yield r"\end{tabular}"
    yield r"\end{table}"


def _latex_line(texts: Sequence[str]) -> str:
    return _latex_cells(list(map(_latex_text, texts)))


def _latex_cells(cells: Sequence[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


_LATEX: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_", "$": r"\$",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip


def _latex_text(text: str) -> str:
    return "".join(_LATEX.get(char, char) for char in text)


# -- HTML --------------------------------------------------------------------------------------------------------------


def html(table: Table) -> Iterator[str]:
    """The table for a notebook, without a style of its own, a line at a time."""
    yield "<table><thead>"
    yield _html_line(table, table.titles, "th")
    yield "</thead><tbody>"
    for line in table.lines:
        first = "&nbsp;" * (2 * line.depth) + escape(line.cells[0])
        yield _html_line(
            table, [f"<em>{first}</em>" if line.heading else first, *map(escape, line.cells[1:])]
        )
    yield "</tbody>"
    if table.totals:
        yield f"<tfoot>{_html_line(table, list(map(escape, table.totals)), 'th')}</tfoot>"
    yield "</table>"


def _html_line(table: Table, cells: Sequence[str], tag: str = "td") -> str:
    sides = ["left" if column.left else "right" for column in table.columns]
    written = [
        f'<{tag} style="text-align:{side}">{cell}</{tag}>' for side, cell in zip(sides, cells, strict=True)
    ]
    return f"<tr>{''.join(written)}</tr>"
