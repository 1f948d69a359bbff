"""Tables of texts: laid out for a terminal, as Markdown, as LaTeX and as HTML, whatever the texts hold."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings, strategies as st
from printed import tables

from netspec.render.grid import GAP, Line, Table, drawn, html, latex, markdown
from netspec.render.text import Look, columns as width_of

HOSTILE = r"| & % $ # _ { } ~ ^ \ < > ` * [x](y) <b>"


@dataclass(frozen=True)
class Titled:
    """A column of a test's table."""

    title: str
    left: bool = False


def table(*rows: tuple[str, ...], totals: tuple[str, ...] = ()) -> Table:
    """A table of a name and a number."""
    return Table((Titled("Name", left=True), Titled("Size")), tuple(map(Line, rows)), totals)


def test_a_table_in_a_terminal() -> None:
    """Words to the left, numbers to the right, rules around the rows, headings and indented rows."""
    shown = Table(
        (Titled("Name", left=True), Titled("Size")),
        (Line(("input", "3")), Line(("stage1", ""), 0, heading=True), Line(("conv", "1,728"), 1)),
        ("Total", "1,731"),
    )
    assert list(drawn(shown, Look())) == [
        "Name     Size",
        "-------------",
        "input       3",
        "stage1",
        "  conv  1,728",
        "-------------",
        "Total   1,731",
    ]


def test_a_table_without_totals_has_one_rule() -> None:
    """Nothing stands below what does not add up."""
    assert list(drawn(table(("a", "1")), Look())) == ["Name  Size", "----------", "a        1"]


def test_colour_adds_codes_and_nothing_else() -> None:
    """Without its codes the coloured table is the plain one."""
    shown = table(("a", "1"), totals=("Total", "1"))
    coloured = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in drawn(shown, Look(colour=True))]
    assert coloured == list(drawn(shown, Look()))
    assert any("\x1b" in line for line in drawn(shown, Look(colour=True)))


def test_wide_characters_take_two_columns() -> None:
    """The numbers behind them stand below each other."""
    lines = list(drawn(table(("卷积", "1"), ("e\u0301", "22")), Look()))
    assert [width_of(line) for line in lines] == [10, 10, 10, 10]


words = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=9)


@given(st.lists(st.tuples(words, words), min_size=1, max_size=6))
@settings(max_examples=50)
def test_a_drawn_table_is_read_back(rows: list[tuple[str, str]]) -> None:
    """Every cell stands where its column is, and no line is longer than the rule."""
    lines = list(drawn(table(*rows, totals=("Total", "0")), Look()))
    assert all(len(line) <= len(lines[1]) for line in lines)
    assert set(lines[1]) == {"-"}
    (found,) = tables("\n".join(lines))
    assert [tuple(line) for line in found.lines] == rows
    assert found.totals == ["Total", "0"]


def test_the_width_is_that_of_the_widest_cells() -> None:
    """With a gap of two between columns; headings may reach further."""
    shown = Table(
        (Titled("A", left=True), Titled("B")),
        (Line(("x" * 7, "1")), Line(("h" * 30, ""), heading=True), Line(("y", "123"), 3)),
    )
    assert shown.widths == [7, 3]
    assert len(list(drawn(shown, Look()))[1]) == 7 + GAP + 3


# -- Markdown --------------------------------------------------------------------------------------------------------


def cells_of_markdown(line: str) -> list[str]:
    """The cells of a line of a GitHub table, with their escapes undone."""
    assert line.startswith("| ")
    assert line.endswith(" |")
    cells = re.split(r" \| ", line[2:-2])
    return [re.sub(r"\\(.)", r"\1", cell) for cell in cells]


@pytest.mark.parametrize(
    "text", [HOSTILE, "a | b", "\\", "\\|", "`x`", "<script>", "&lt;", "*a*_b_", "[a](b)"]
)
def test_markdown_shows_texts_as_texts(text: str) -> None:
    """No text opens a cell, a link, emphasis, code or HTML."""
    lines = list(markdown(table((text, "1"))))
    assert cells_of_markdown(lines[2]) == [text, "1"]
    inside = lines[2][2:].removesuffix(" | 1 |")
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]<>|&#]", inside)


def test_markdown_has_a_line_for_each_part() -> None:
    """Titles, sides, rows with headings and depth, and totals in bold."""
    shown = Table(
        (Titled("Name", left=True), Titled("Size")),
        (Line(("stage1", ""), 0, heading=True), Line(("conv", "1,728"), 1)),
        ("Total", "1,728"),
    )
    assert list(markdown(shown)) == [
        "| Name | Size |",
        "| :-- | --: |",
        "| *stage1* |  |",
        "| &nbsp;&nbsp;conv | 1,728 |",
        "| **Total** | **1,728** |",
    ]


# -- LaTeX -----------------------------------------------------------------------------------------------------------


def test_latex_has_the_parts_of_a_table() -> None:
    """A caption, a column a letter, booktabs' rules in their order, every line ended."""
    lines = list(latex(table(("conv", "1,728"), totals=("Total", "1,728")), "VGG_16"))
    assert [line for line in lines if line.startswith("\\") and "&" not in line] == [
        r"\begin{table}",
        r"\centering",
        r"\caption{VGG\_16}",
        r"\begin{tabular}{lr}",
        r"\toprule",
        r"\midrule",
        r"\midrule",
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    assert [line for line in lines if "&" in line] == [
        r"Name & Size \\",
        r"conv & 1,728 \\",
        r"Total & 1,728 \\",
    ]


def test_latex_shows_texts_as_texts() -> None:
    """Each character with a meaning of its own is written so that it has none."""
    line = next(line for line in latex(table((HOSTILE, "1")), HOSTILE) if line.endswith(r"& 1 \\"))
    text = line.removesuffix(r" & 1 \\")
    plain = {
        r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^",
        r"\textless{}": "<", r"\textgreater{}": ">",
    }  # fmt: skip
    shown = re.sub(r"\\text\w+\{\}|\\([{}%&#_$])", lambda found: plain.get(found[0], found[1]), text)
    assert shown == HOSTILE
    assert not re.search(r"(?<!\\)[%&#$_^~]", re.sub(r"\\text\w+\{\}", "", text))


def test_braces_of_latex_are_in_pairs() -> None:
    """Also where texts hold unequal ones."""
    whole = "\n".join(latex(table(("{{}", "}")), "}{"))
    bare = re.sub(r"\\[{}]", "", whole)
    assert bare.count("{") == bare.count("}")


# -- HTML ------------------------------------------------------------------------------------------------------------


class Cells(HTMLParser):
    """The texts of a table's cells, and every element there is."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Note the element; a cell begins a text."""
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        """The text belongs to the last cell."""
        if self.texts:
            self.texts[-1] += data


@pytest.mark.parametrize(
    "text", [HOSTILE, "<script>alert(1)</script>", "</td><img src=x onerror=y>", "&amp;"]
)
def test_html_shows_texts_as_texts(text: str) -> None:
    """No text makes an element, and each is read back as it was."""
    reader = Cells()
    reader.feed("".join(html(table((text, text), totals=(text, "1")))))
    assert reader.texts == ["Name", "Size", text, text, text, "1"]
    assert set(reader.tags) == {"table", "thead", "tbody", "tfoot", "tr", "td", "th"}
