"""A long sequence broken into parts of about equal length: ranks into columns, volumes into rows."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

_HALVINGS: Final = 16


def even_breaks(begins: Sequence[float], allowed: Sequence[int], number: int) -> tuple[int, ...]:
    """The items that end a part, for at most so many parts with the longest as short as can be.

    `begins` says where each item begins, and at its end where the last one ends; parts end at `allowed` items only.
    """
    low, high = 0.0, begins[-1]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if len(_filled(begins, allowed, middle)) < number:
            high = middle
        else:
            low = middle
    return tuple(_filled(begins, allowed, high))


def _filled(begins: Sequence[float], allowed: Sequence[int], longest: float) -> list[int]:
    """The breaks of parts that are filled one after the other up to a length, as far as they may break."""
    breaks: list[int] = []
    start = 0.0
    for item, following in pairwise((*allowed, len(begins) - 2)):
        if begins[following + 1] - start > longest:
            breaks.append(item)
            start = begins[item + 1]
    return breaks
