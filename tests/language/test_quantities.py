"""Counts and sizes as people write them, read exactly."""

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st
from pydantic import TypeAdapter, ValidationError

from netspec.language.quantities import Count, Memory

COUNT: TypeAdapter[int] = TypeAdapter(Count)
COUNT_UNITS = {"": 0, "k": 3, "K": 3, "M": 6, "G": 9, "B": 9, "T": 12, "P": 15}
BYTES = {
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}


@given(
    st.integers(1, 999), st.integers(0, 999), st.sampled_from(list(COUNT_UNITS)), st.sampled_from(["", " "])
)
def test_counts_are_exact(whole: int, thousandths: int, unit: str, space: str) -> None:
    """A decimal number with a unit is that many things, rounded down, without a float in between."""
    exact = Fraction(whole * 1000 + thousandths, 1000) * 10 ** COUNT_UNITS[unit]
    assert COUNT.validate_python(f"{whole}.{thousandths:03d}{space}{unit}") == exact.__floor__()


@given(st.integers(1, 999), st.integers(0, 99), st.sampled_from(list(BYTES)), st.integers(1, 4096))
def test_memory_is_exact(whole: int, hundredths: int, unit: str, batch: int) -> None:
    """Bytes in powers of ten or of two, for one example or a batch."""
    read = Memory.model_validate(f"{whole}.{hundredths:02d}{unit} at batch {batch}")
    assert (read.bytes, read.batch) == (
        (Fraction(100 * whole + hundredths, 100) * BYTES[unit]).__floor__(),
        batch,
    )
    assert Memory.model_validate(f"{whole} {unit}") == Memory(bytes=whole * BYTES[unit], batch=1)


@pytest.mark.parametrize("text", ["5M", "600M", "1.2G", "0.5M", "7", "5 M"])
def test_counts_of_the_manual(text: str) -> None:
    """What the description of budgets writes is read."""
    assert COUNT.validate_python(text) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "M",
        "5m",
        "5MM",
        "5 Mio",
        "-5M",
        "1e6M",
        "5,000",
        "5.M",
        "0",
        "0M",
        "0.0001",
        "five",
        "٣M",
        "9" * 31,
    ],
)
def test_what_is_no_count_is_refused(text: str) -> None:
    """Other units, signs, separators and nothing at all are refused."""
    with pytest.raises(ValidationError):
        COUNT.validate_python(text)


@pytest.mark.parametrize("value", [True, 2.5, 0, -1, None, [1]])
def test_a_count_is_a_whole_number_from_one(value: object) -> None:
    """Values of other types are refused, and so is zero."""
    with pytest.raises(ValidationError):
        COUNT.validate_python(value, strict=True)


@pytest.mark.parametrize("text", ["2GiB at batch 64", "512MiB", "2 GB", "1.5TiB at batch 1", "100B"])
def test_memory_of_the_manual(text: str) -> None:
    """What the description of budgets writes is read."""
    assert Memory.model_validate(text).bytes >= 100


@pytest.mark.parametrize(
    "text",
    [
        "2G",
        "2 at batch 64",
        "2GiB at 64",
        "2GiB at batch",
        "2GiB at batch 0",
        "2GiB at batch 1.5",
        "GiB",
        "-2GiB",
        "0B",
        "2Gib",
        "2GiB batch 64",
        "",
        "2GiB at batch " + "9" * 60,
    ],
)
def test_what_is_no_memory_is_refused(text: str) -> None:
    """A unit of bytes is wanted, and a batch of at least one."""
    with pytest.raises(ValidationError):
        Memory.model_validate(text)
