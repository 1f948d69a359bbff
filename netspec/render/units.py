"""Numbers as people read them. Only here do counts get commas, bytes units, and fractions decimals."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from netspec.analysis.columns import Column, Value
from netspec.layers.base import dims

UNKNOWN: Final = "?"
_BYTES: Final = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
_COUNTS: Final = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


def number(value: int | None) -> str:
    """A count in full: `138,357,544`; `?` where it is not known."""
    return UNKNOWN if value is None else f"{value:,}"


def amount(value: int | None, unit: str = "") -> str:
    """A count in short, four digits: `15.47 G`."""
    return UNKNOWN if value is None else _scaled(value, _COUNTS, unit)


def size(value: int) -> str:
    """Bytes in decimal units, four digits: `60.95 MB`."""
    return _scaled(value, _BYTES, "bytes")


def binary(value: int) -> str:
    """Bytes in the units that memory is sold in: `15.92 GiB`, and `16 GiB` where it is whole."""
    for scale, unit in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if abs(value) * 2 >= scale * 2 - scale // 1024:  # what rounds to 1024 is one of the next unit
            exact = Fraction(value, scale)
            return f"{int(exact)} {unit}" if exact.denominator == 1 else f"{_four_digits(exact)} {unit}"
    return f"{value:,} bytes"


def _scaled(value: int, units: tuple[tuple[int, str], ...], small: str) -> str:
    for scale, unit in units:
        if abs(value) * 20_000 >= scale * 19_999:  # what rounds to 1000 is one of the next unit
            return f"{_four_digits(Fraction(value, scale))} {unit}"
    return f"{value:,} {small}".rstrip()


def _four_digits(value: Fraction) -> str:
    return f"{float(value):#.4g}".rstrip(".") if abs(value) < 9_999 else f"{float(value):.0f}"


def share(value: Fraction | None) -> str:
    """A part of a whole: `74.3 %`."""
    return UNKNOWN if value is None else f"{float(100 * value):.1f} %"


_SECONDS: Final = (
    (1, "s"),
    (Fraction(1, 10**3), "ms"),
    (Fraction(1, 10**6), "us"),
    (Fraction(1, 10**9), "ns"),
)


def seconds(value: Fraction | None) -> str:
    """A time in four digits: `3.142 ms`."""
    if not value:
        return UNKNOWN if value is None else "0"
    scale, unit = next((pair for pair in _SECONDS if value >= pair[0]), _SECONDS[-1])
    return f"{_four_digits(value / scale)} {unit}"


def signed(value: int | None) -> str:
    """A difference in full: `+1,792`, `-64`, `0`."""
    return UNKNOWN if value is None else f"{value:+,}" if value else "0"


def per_axis(value: tuple[Any, ...] | None) -> str:
    """One number where all axes agree, else all: `212`, `9x3`; `-` where there is none."""
    if value is None:
        return UNKNOWN
    if not value or all(one is None for one in value):
        return "-"
    texts = ["-" if one is None else str(one) for one in value]
    return texts[0] if len(set(texts)) == 1 else "x".join(texts)


_WRITTEN: Final[dict[str, Callable[[Any], str]]] = {
    "text": lambda value: "-" if value is None else value,
    "shape": dims,
    "count": number,
    "bytes": number,
    "share": share,
    "ratio": lambda value: UNKNOWN if value is None else f"{float(value):.1f}",
    "seconds": seconds,
    "sizes": per_axis,
}


def cell(column: Column, value: Value) -> str:
    """A column's value as its unit is written."""
    return _WRITTEN[column.unit](value)
