"""Numbers as people read them: in full with commas, or in four digits with a unit."""

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from netspec.render.units import amount, binary, number, per_axis, seconds, share, signed, size


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1_728, "1,728"), (138_357_544, "138,357,544"), (-64, "-64"), (None, "?")],
)
def test_counts_in_full(value: int | None, text: str) -> None:
    """With a comma every three digits; what is not known is a question mark."""
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1.000 kB"),
        (60_950_432, "60.95 MB"),
        (553_430_176, "553.4 MB"),
        (1_816_045_808, "1.816 GB"),
        (9_999_600, "10.00 MB"),
        (999_949, "999.9 kB"),
        (999_951, "1.000 MB"),
        (999_999, "1.000 MB"),
        (999_999_999, "1.000 GB"),
        (12_345 * 10**12, "12345 TB"),
        (-2_504, "-2.504 kB"),
    ],
)
def test_bytes_in_decimal_units(value: int, text: str) -> None:
    """A kB is 1,000 bytes, and what rounds to 1,000 of a unit is one of the next."""
    assert size(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1_023, "1,023 bytes"),
        (2**10, "1 KiB"),
        (16 * 2**30, "16 GiB"),
        (17_092_452_016, "15.92 GiB"),
        (2**30 - 1, "1.000 GiB"),
        (1000 * 2**20, "1000 MiB"),
        (1000 * 2**20 + 1, "1000 MiB"),
        (2**30 - 2**20, "1023 MiB"),
        (3 * 2**40, "3 TiB"),
    ],
)
def test_bytes_in_the_units_of_memory(value: int, text: str) -> None:
    """A KiB is 1,024 bytes; a whole number of a unit has no decimals."""
    assert binary(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (60, "60"),
        (32_768, "32.77 k"),
        (15_470_264_320, "15.47 G"),
        (9_999_999, "10.00 M"),
        (None, "?"),
    ],
)
def test_counts_in_short(value: int | None, text: str) -> None:
    """Four digits and a prefix."""
    assert amount(value) == text


@given(st.integers(1, 10**15))
def test_a_short_form_is_near_its_value(value: int) -> None:
    """Within half of the last of four digits, and less than 1,000 of its unit."""
    digits, _, unit = size(value).partition(" ")
    scale = {"bytes": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}[unit]
    assert abs(Fraction(digits.replace(",", "")) * scale - value) * 1999 <= value
    assert Fraction(digits.replace(",", "")) < 1000 or unit == "TB"
    assert len(digits.replace(".", "").replace(",", "")) <= 4


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(0), "0.0 %"), (Fraction(1), "100.0 %"), (Fraction(743, 1000), "74.3 %"), (None, "?")],
)
def test_parts_of_a_whole(value: Fraction | None, text: str) -> None:
    """In percent with one decimal."""
    assert share(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "?"),
        (Fraction(0), "0"),
        (Fraction(3142, 10**6), "3.142 ms"),
        (Fraction(6598, 10**9), "6.598 us"),
        (Fraction(9324, 10**5), "93.24 ms"),
        (Fraction(125), "125.0 s"),
        (Fraction(5, 10**9), "5.000 ns"),
    ],
)
def test_times(value: Fraction | None, text: str) -> None:
    """Four digits from nanoseconds to seconds."""
    assert seconds(value) == text


@pytest.mark.parametrize(("value", "text"), [(1_792, "+1,792"), (-64, "-64"), (0, "0"), (None, "?")])
def test_differences(value: int | None, text: str) -> None:
    """With their sign; no difference has none."""
    assert signed(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "?"),
        ((), "-"),
        ((None, None), "-"),
        ((212, 212), "212"),
        ((9, 3), "9x3"),
        ((None, 3), "-x3"),
        ((Fraction(1, 2), Fraction(1, 2)), "1/2"),
    ],
)
def test_one_number_an_axis(value: tuple[object, ...] | None, text: str) -> None:
    """One number where all agree; a dash where an axis has none."""
    assert per_axis(value) == text
