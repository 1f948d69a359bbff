"""Text made safe, measured and wrapped."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from netspec.render.text import Look, columns, count, safe, wrap


@given(st.text())
def test_safe_text_is_printable(text: str) -> None:
    """Nothing that is not seen as itself is left, and printable text stays as it is."""
    assert safe(text).isprintable()
    assert safe(text) == text or not text.isprintable()


@given(st.characters(codec="utf-8"))
def test_control_and_format_characters_are_visible(char: str) -> None:
    """A character of Unicode's categories C and Z, but the space, comes out as ASCII (the standard's table decides)."""
    unseen = unicodedata.category(char)[0] in "CZ" and char != " "
    assert (safe(char) != char) == unseen
    assert safe(char).isascii() or not unseen


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("漢字", 4), ("e\u0301", 1), ("Ａ", 2), ("a\u20dd", 1), ("é", 1)]
)
def test_columns(text: str, width: int) -> None:
    """Wide characters take two columns and combining marks none."""
    assert columns(text) == width


@given(st.text(st.sampled_from("ab -/*\t\x1b"), max_size=200), st.integers(20, 60))
def test_wrapping_keeps_the_words(text: str, width: int) -> None:
    """Wrapped text has the same words in the same order, and only a word too long for a line leaves the width."""
    lines = wrap(text, width, first="  : ", rest="    ")
    assert " ".join(lines).removeprefix("  :").split() == safe(text).split()
    assert all(len(line) <= width or len(line.removeprefix("  :").split()) == 1 for line in lines)


def test_counts() -> None:
    """One is singular, everything else plural, and thousands have commas."""
    assert [count(n, "layer") for n in (0, 1, 2, 12500)] == [
        "0 layers",
        "1 layer",
        "2 layers",
        "12,500 layers",
    ]


def test_paint_without_colour_is_the_text() -> None:
    """Without colour no escape sequence is written, with colour every one is closed."""
    assert Look(80).paint("error", "x") == "x"
    assert Look(80, colour=True).paint("error", "x") == "\x1b[1;31mx\x1b[0m"
    assert Look(80, colour=True).paint("error", "") == ""
