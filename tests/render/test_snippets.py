"""Findings as people read them."""

import re

import pytest
from hypothesis import given, settings, strategies as st

from netspec.diagnostics import Edit, Finding, Mend, Related, Source, Span, rules
from netspec.render.snippets import snippet
from netspec.render.text import Look, columns

PLAIN = Look(80)
SGR = re.compile(r"\x1b\[[0-9;]*m")


def at(source: Source, wanted: str, occurrence: int = 0) -> Span:
    """The span of a text that stands in a source."""
    start = [found.start() for found in re.finditer(re.escape(wanted), source.text)][occurrence]
    return source.span(start, start + len(wanted))


POOLED = Source("bad.yaml", "\n" * 6 + "  [conv3-64 -> relu]*2 -> conv5-128(padding=valid)\n")


def pooled(**more: object) -> Finding:
    """The finding that the chapter on diagnostics shows."""
    shown = {
        "label": "(3 - 5 + 2*0)/1 + 1 = -1",
        "notes": ("the input was 48x48x3; four pools before this point halve it to 3x3",),
        "help": "padding=same keeps 3x3",
    }
    return Finding.at(
        rules.WINDOW_TOO_LARGE,
        at(POOLED, "conv5-128(padding=valid)"),
        "the 5x5 kernel does not fit its 3x3x64 input",
        **{**shown, **more},
    )


def test_the_example_of_the_manual() -> None:
    """The finding of the language's chapter on diagnostics is drawn as it stands there."""
    assert (
        snippet(pooled(), PLAIN)
        == """\
error[E203]: the 5x5 kernel does not fit its 3x3x64 input
  --> bad.yaml:7:27
   |
 7 |   [conv3-64 -> relu]*2 -> conv5-128(padding=valid)
   |                           ^^^^^^^^^^^^^^^^^^^^^^^^ (3 - 5 + 2*0)/1 + 1 = -1
   = the input was 48x48x3; four pools before this point halve it to 3x3
   = help: padding=same keeps 3x3"""
    )


def test_a_mend_is_shown_as_the_line_it_gives() -> None:
    """A mend without other help is introduced by its own, and its new text is marked."""
    mend = Mend("padding=same keeps 3x3", (Edit(at(POOLED, "valid"), "same"),))
    assert snippet(pooled(help="", notes=(), mends=(mend,)), PLAIN).splitlines()[5:] == [
        "   = help: padding=same keeps 3x3",
        "   |",
        " 7 |   [conv3-64 -> relu]*2 -> conv5-128(padding=same)",
        "   |                                             ~~~~",
    ]


def test_insertions_are_marked_around_what_stays() -> None:
    """Of a replacement that keeps the old text only what is added is marked, in one row."""
    source = Source("a.yaml", "network:\n  - [relu]*2\n")
    value = at(source, "[relu]*2")
    finding = Finding.at(
        rules.UNQUOTED_BRACKETS,
        value,
        "an arrow string that begins with `[` needs quotes",
        help="put it in quotes, or into a block that starts with `|`",
        mends=(Mend("in quotes", (Edit(value, '"[relu]*2"'),)),),
    )
    assert snippet(finding, PLAIN).splitlines()[5:] == [
        "   = help: put it in quotes, or into a block that starts with `|`",
        "   |",
        ' 2 |   - "[relu]*2"',
        "   |     +        +",
    ]


def test_several_mends_say_what_each_does() -> None:
    """Where a help covers several mends, each has its own words beside its marks."""
    span = at(POOLED, "valid")
    mends = (Mend("keep the size", (Edit(span, "same"),)), Mend("pad by hand", (Edit(span, "1"),)))
    assert [line for line in snippet(pooled(mends=mends), PLAIN).splitlines() if "~" in line] == [
        "   |                                             ~~~~ keep the size",
        "   |                                             ~ pad by hand",
    ]


def test_a_mend_of_several_lines_shows_each_of_them() -> None:
    """Edits on lines that lie apart are shown with their own line numbers and a gap between."""
    source = Source("a.yaml", "a: 1\nb: 2\nc: 3\nd: 4\n")
    edits = (Edit(at(source, "4"), "40"), Edit(at(source, "2"), "5"))
    finding = Finding.at(rules.WRONG_VALUE, at(source, "4"), "too small", mends=(Mend("larger", edits),))
    assert snippet(finding, PLAIN).splitlines()[5:] == [
        "   = help: larger",
        "   |",
        " 2 | b: 5",
        "   |    ~",
        "...",
        " 4 | d: 40",
        "   |     +",
    ]


def test_related_places_stand_in_the_order_of_the_file() -> None:
    """A first definition further up is drawn above the finding, with dashes and its own words."""
    source = Source("a.yaml", "a: 1\nb: 2\nc: 3\na: 4\n")
    first = Related(at(source, "a", 0), "first defined here")
    finding = Finding.at(
        rules.DUPLICATE_KEY, at(source, "a", 1), "`a` stands twice", label="again", related=(first,)
    )
    assert (
        snippet(finding, PLAIN)
        == """\
error[E006]: `a` stands twice
  --> a.yaml:4:1
   |
 1 | a: 1
   | - first defined here
...
 4 | a: 4
   | ^ again"""
    )


def test_two_places_of_one_line_share_it() -> None:
    """A related place in the same line is marked under that line, not shown a second time."""
    source = Source("a.yaml", "network: conv3-4 @a -> relu @a\n")
    first = Related(at(source, "@a"), "first here")
    finding = Finding.at(
        rules.DUPLICATE_NAME, at(source, "@a", 1), "two values are called a", related=(first,)
    )
    assert snippet(finding, PLAIN).splitlines()[3:] == [
        " 1 | network: conv3-4 @a -> relu @a",
        "   |                             ^^",
        "   |                  -- first here",
    ]


def test_a_related_place_in_another_text() -> None:
    """A place in another source comes below, under its own name."""
    source, other = Source("a.yaml", "a: 1\n"), Source("b.yaml", "2")
    finding = Finding.at(
        rules.WRONG_VALUE, at(source, "1"), "one", related=(Related(other.span(0, 1), "set here"),)
    )
    assert snippet(finding, PLAIN).splitlines()[5:] == [
        "  --> b.yaml:1:1",
        "   |",
        " 1 | 2",
        "   | - set here",
    ]


def test_an_option_of_the_command_line_is_shown_whole() -> None:
    """A finding inside `--set` names the option as it was typed, and its label below, without line numbers."""
    source = Source("--set depth", "[1, x]")
    finding = Finding.at(rules.WRONG_VALUE, at(source, "x"), "no number", label="here")
    assert snippet(finding, PLAIN).splitlines()[1:] == ["  --> --set depth=[1, x]", "   = here"]


def test_a_span_of_several_lines_is_bracketed() -> None:
    """Every line of a longer span has a bar, and the label stands where the span ends; its middle is left out."""
    source = Source("a.yaml", "x:\n" + "".join(f"  - l{i}\n" for i in range(1, 10)) + "\n\ny: 1\n")
    span = source.span(source.text.index("- l1"), source.text.index("y:"))
    finding = Finding.at(rules.SHAPES_DISAGREE, span, "branches disagree", label="8x8 and 7x7")
    assert snippet(finding, PLAIN).splitlines()[1:] == [
        "   --> a.yaml:2:3",
        "    |",
        "  2 | /   - l1",
        "  3 | |   - l2",
        "...",
        "  9 | |   - l8",
        " 10 | |   - l9",
        "    | |______^ 8x8 and 7x7",
    ]


def test_without_a_text_there_is_a_place_and_no_snippet() -> None:
    """A missing file is named, and its help stands below."""
    finding = Finding(
        rule=rules.UNREADABLE_FILE, message="no.yaml does not exist", file="no.yaml", help="look again"
    )
    assert snippet(finding, PLAIN).splitlines() == [
        "error[E001]: no.yaml does not exist",
        "  --> no.yaml",
        "   = help: look again",
    ]


def test_tabs_and_wide_characters_keep_the_marks_in_place() -> None:
    """The marks stand under what they mark by display columns: a tab is four, a CJK character two, an accent none."""
    source = Source("a.yaml", "a:\tb\n漢字 conv3\ne\u0301 conv3\n")
    for wanted, occurrence, indent in (("b", 0, 6), ("conv3", 0, 5), ("conv3", 1, 2)):
        row = snippet(
            Finding.at(rules.ARROW_SYNTAX, at(source, wanted, occurrence), "x"), PLAIN
        ).splitlines()[4]
        assert row == "   | " + " " * indent + "^" * len(wanted)


def test_the_end_of_a_text_can_be_marked() -> None:
    """An empty span, also after the last line break and inside a Windows line end, gets one mark."""
    for text in ("", "a: 1", "a: 1\n", "a: 1\r\n"):
        source = Source("a.yaml", text)
        for offset in range(len(text) + 1):
            lines = snippet(
                Finding.at(rules.ARROW_SYNTAX, source.span(offset, offset), "x"), PLAIN
            ).splitlines()
            assert lines[-1].count("^") == 1


def test_a_long_line_is_cut_around_the_marks() -> None:
    """Of a line of any length only what fits is shown, with dots where it goes on, and the marks stay right."""
    source = Source("a.yaml", "conv3-64 -> relu -> " * 500 + "wrong -> " + "relu -> " * 500)
    lines = snippet(
        Finding.at(rules.ARROW_SYNTAX, at(source, "wrong"), "x", label="here"), PLAIN
    ).splitlines()
    assert lines[3].startswith(" 1 | ...")
    assert lines[3].endswith("...")
    assert len(lines[3]) == 80
    start = lines[4].index("^^^^^ here")
    assert lines[3][start : start + 5] == "wrong"


def test_a_cut_line_fills_the_width() -> None:
    """At both ends of a long line as much is shown as fits; a mark past the end has a column of its own."""
    text = "".join(str(i % 10) for i in range(300))
    source = Source("a.yaml", text)
    for start, shown, column in (
        (0, f"{text[:73]}...", 0),
        (72, f"{text[:73]}...", 72),
        (299, f"...{text[-72:]}", 74),
        (300, f"...{text[-72:]}", 75),
    ):
        finding = Finding.at(rules.ARROW_SYNTAX, source.span(start, min(start + 1, 300)), "x")
        line, marks = snippet(finding, Look(81)).splitlines()[3:5]
        assert (line, marks) == (f" 1 | {shown}", f"   | {' ' * column}^")


def test_a_line_that_just_fits_is_not_cut() -> None:
    """A line as wide as the room is shown whole, and its end can still be marked."""
    source = Source("a.yaml", "x" * 75)
    lines = snippet(Finding.at(rules.ARROW_SYNTAX, source.span(75, 75), "x"), PLAIN).splitlines()
    assert lines[3:] == [" 1 | " + "x" * 75, "   | " + " " * 75 + "^"]


def test_of_places_far_apart_the_finding_is_seen() -> None:
    """Where a line is too long to show two places of it, the finding's own is the one that is seen."""
    source = Source("a.yaml", "first" + " -> relu" * 100 + " -> wrong")
    related = (Related(at(source, "first"), "first"),)
    finding = Finding.at(rules.ARROW_SYNTAX, at(source, "wrong"), "x", related=related)
    line, marks = snippet(finding, PLAIN).splitlines()[3:5]
    assert line[marks.index("^") : marks.rindex("^") + 1] == "wrong"


def test_lines_that_follow_each_other_have_no_gap() -> None:
    """Dots stand only where lines are left out."""
    source = Source("a.yaml", "a: 1\na: 4\n")
    first = Related(at(source, "a", 0), "first")
    finding = Finding.at(rules.DUPLICATE_KEY, at(source, "a", 1), "twice", related=(first,))
    assert "..." not in snippet(finding, PLAIN)


def test_white_space_can_be_marked() -> None:
    """A span of nothing but spaces is marked in its whole length, one with text without those behind it."""
    source = Source("a.yaml", "   - x   \n")
    for span, length in ((source.span(0, 3), 3), (source.span(5, 10), 1)):
        assert snippet(Finding.at(rules.ARROW_SYNTAX, span, "x"), PLAIN).count("^") == length


def test_six_lines_are_shown_whole() -> None:
    """A span of six lines has no gap, its end is marked within its line, and long lines are cut."""
    source = Source("a.yaml", "".join(f"  - l{i}{' -> relu' * 20}\n" for i in range(6)))
    end = source.text.rindex("l5") + 2
    lines = snippet(Finding.at(rules.ARROW_SYNTAX, source.span(2, end), "x"), PLAIN).splitlines()
    assert [line[:13] for line in lines[3:]] == [
        " 1 | /   - l0",
        *(f" {i + 1} | |   - l{i}" for i in range(1, 6)),
        "   | |______^",
    ]
    assert max(map(len, lines)) == 80


def test_labels_that_do_not_fit_beside_go_below() -> None:
    """A long label is put under its marks, moved left, and wrapped at words."""
    source = Source("a.yaml", "x" * 60 + " here")
    label = "this label is far too long to stand beside its mark, and longer than a line in all"
    lines = snippet(Finding.at(rules.ARROW_SYNTAX, at(source, "here"), "x", label=label), PLAIN).splitlines()
    assert lines[4].strip(" |") == "^^^^"
    assert all(len(line) <= 80 for line in lines)
    assert " ".join(line.strip(" |") for line in lines[5:]) == label


def test_long_messages_and_notes_are_wrapped() -> None:
    """Prose stays within the width and breaks between words only; `conv3-64` is one."""
    words = "conv3-64 and " * 20 + "end"
    lines = snippet(pooled(notes=(words,), help=words), PLAIN).splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert not any(line.endswith("conv3-") for line in lines)


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "\x9b31m", "\x07", "\u202eabc", "\u200b", "\x00", "\r", "\udcff"]
)
def test_no_text_of_a_spec_steers_the_terminal(hostile: str) -> None:
    """Control, format and lone surrogate characters come out as escapes wherever they stand."""
    source = Source(f"a{hostile}.yaml", f"name: a{hostile}b {hostile}\n")
    span = source.span(0, 9)
    finding = Finding.at(
        rules.WRONG_VALUE,
        span,
        f"message {hostile}",
        label=f"label {hostile}",
        notes=(f"note {hostile}",),
        help=f"help {hostile}",
        related=(Related(span, f"related {hostile}"),),
        mends=(Mend(f"mend {hostile}", (Edit(span, f"new {hostile} text"),)),),
    )
    assert snippet(finding, PLAIN).replace("\n", "").isprintable()
    assert SGR.sub("", snippet(finding, Look(80, colour=True))) == snippet(finding, PLAIN)


def test_markup_in_a_spec_is_text() -> None:
    """Square brackets of a spec are printed as they are, with and without colour."""
    source = Source("a.yaml", "network: [bold]relu[/bold]\n")
    finding = Finding.at(rules.ARROW_SYNTAX, at(source, "[bold]"), "[red]no[/red]")
    assert "[bold]relu[/bold]" in snippet(finding, Look(80, colour=True))


def test_colour_changes_nothing_but_colour() -> None:
    """Without its escape sequences the coloured text is the plain one."""
    mend = Mend("same", (Edit(at(POOLED, "valid"), "same"),))
    coloured = snippet(pooled(mends=(mend,)), Look(80, colour=True))
    assert coloured != SGR.sub("", coloured) == snippet(pooled(mends=(mend,)), PLAIN)


TEXT = st.text(st.sampled_from("abc 漢e\u0301\t\x1b\u202e[]{}->\n\r"), max_size=400)


@settings(max_examples=300)
@given(TEXT, st.data(), st.integers(40, 120), st.text(max_size=90))
def test_any_span_of_any_text_can_be_drawn(text: str, data: st.DataObject, width: int, label: str) -> None:
    """Every span of every text is drawn within the width, in printable characters, with a mark."""
    source = Source("a.yaml", text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    label = " ".join(label.split())
    drawn = snippet(
        Finding.at(rules.ARROW_SYNTAX, source.span(start, end), "x", label=label[:30]), Look(width)
    )
    lines = drawn.split("\n")
    assert all(line.isprintable() for line in lines)
    assert any("^" in line for line in lines[4:])
    assert max(columns(line) for line in lines[3:5]) <= width + 1


@given(st.text(st.sampled_from("abcdefgh"), min_size=1, max_size=300), st.data(), st.integers(40, 100))
def test_the_marks_stand_under_the_text_they_mark(text: str, data: st.DataObject, width: int) -> None:
    """However a line is cut, the characters above the marks are those of the span, or its visible part."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    span = Source("a.yaml", text).span(start, end)
    line, marks = snippet(Finding.at(rules.ARROW_SYNTAX, span, "x"), Look(width)).splitlines()[3:5]
    left, right = marks.index("^"), marks.rindex("^") + 1
    above = line[left:right]
    assert above in text[start:end]
    if end - start <= width // 2:
        assert above == text[start:end]
