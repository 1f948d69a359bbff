"""Scalars are read by YAML 1.2's core schema (section 10.3.2), whatever older readers make of them."""

import math

import pytest
from hypothesis import given, strategies as st

from netspec.diagnostics import Source
from netspec.language.arrow import written
from netspec.language.syntax import Expression, Place
from netspec.language.values import core_value
from netspec.language.yaml12 import Scalar

HERE = Place(Scalar(Source("x", ""), 0, 0))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("2.", 2.0),
        (".5", 0.5),
        ("-.5e+1", -5.0),
        ("+7", 7),
        ("-0", 0),
        ("017", 17),
        ("0o17", 15),
        ("0xFF", 255),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("true", True),
        ("False", False),
        ("~", None),
        ("Null", None),
        ("", None),
    ],
)
def test_what_the_core_schema_reads(text: str, value: object) -> None:
    """A plain scalar has the type and value that the core schema gives it."""
    read = core_value(text)
    assert (read, type(read)) == (value, type(value))


def test_not_a_number() -> None:
    """`.nan` is a float that is not equal to itself."""
    assert math.isnan(core_value(".NaN"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "no",
        "on",
        "off",
        "y",
        "N",
        "tRUE",
        "nULL",
        "12:30:00",
        "1_000",
        "0b11",
        "-0o7",
        "1e",
        "e5",
        ".",
        "+",
        "2001-12-14",
        "0x",
        "0o8",
        "1.2.3",
        "inf",
        "nan",
        "infinity",
        "１",
    ],
)
def test_what_other_readers_take_for_something_else_is_text(text: str) -> None:
    """YAML 1.1's words, dates and base 60, and Python's own literals, stay text."""
    assert core_value(text) == text


@given(st.integers(-(10**38), 10**38))
def test_whole_numbers_read_as_themselves(number: int) -> None:
    """Every whole number of up to 40 characters is exact."""
    assert core_value(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_read_as_themselves(number: float) -> None:
    """Python's shortest form of a float reads as that float."""
    read = core_value(repr(number))
    assert (read, type(read)) == (number, float)


def test_very_long_digit_strings_stay_text() -> None:
    """A number that could be costly to read is not read."""
    assert core_value("9" * 41) == "9" * 41


@given(st.text(max_size=12))
def test_any_text_is_read(text: str) -> None:
    """No text makes the reader fail."""
    assert isinstance(core_value(text), int | float | bool | str | None)


@pytest.mark.parametrize(
    ("text", "sizes"),
    [("5x20", (5, 20)), ("224x224x3", (224, 224, 3)), ("1x1", (1, 1)), ("007x3", (7, 3)), ("0x20", (0, 20))],
)
def test_sizes_are_a_tuple(text: str, sizes: tuple[int, ...]) -> None:
    """Numbers joined by `x` are sizes, in quotes as well, and before they are numbers in base 16."""
    assert written(text, HERE) == sizes
    assert written(text, HERE, quoted=True) == sizes


@pytest.mark.parametrize("text", ["5x", "x5", "5 x 20", "5X20", "-5x3", "5x20y", "{a"])
def test_what_is_no_size_is_none(text: str) -> None:
    """Only digits and expressions joined by a small `x` are sizes."""
    read = written(text, HERE)
    assert not isinstance(read, tuple)
    assert not isinstance(read, Expression)


def test_expressions_stand_in_braces_and_among_sizes() -> None:
    """Braces around a whole text make an expression, and each size may be one."""
    assert written("{4*width}", HERE) == Expression(text="4*width", place=HERE)
    assert written("{n}x{n}x3", HERE) == (
        Expression(text="n", place=HERE),
        Expression(text="n", place=HERE),
        3,
    )


@pytest.mark.parametrize("text", ["1e-3", "true", "12", "~", ""])
def test_quotes_keep_text(text: str) -> None:
    """What stands in quotes is text."""
    assert written(text, HERE, quoted=True) == text
