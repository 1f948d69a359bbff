"""A tall drawing broken into columns, side by side like those of a page."""

from collections.abc import Sequence
from itertools import pairwise
from math import log
from typing import Final

from netspec.render.draw.breaks import even_breaks
from netspec.render.draw.level import Level
from netspec.render.draw.routes import Sheet

_ASPECT: Final = 1.6
"""Width over height that a drawing should come near to."""
_MOST: Final = 12
_GUTTER: Final = 56.0
_TALLEST: Final = 900.0
"""A drawing up to this height stays in one column."""


def columns(level: Level) -> Sheet:
    """The ranks of a level in so many columns that the whole is about as wide as pages are."""
    tops = [0.0]
    for height, gap in zip(level.heights, [*level.gaps, 0.0], strict=True):
        tops.append(tops[-1] + height + gap)
    allowed = [rank for rank in range(len(level.gaps)) if len(level.steps(rank)) == 1]
    if tops[-1] <= _TALLEST or not allowed:
        return _sheet(level, tops, ())
    choices = dict.fromkeys(even_breaks(tops, allowed, number) for number in range(1, _MOST + 1))
    return min((_sheet(level, tops, breaks) for breaks in choices), key=lambda sheet: _misfit(level, sheet))


def _sheet(level: Level, tops: Sequence[float], breaks: Sequence[int]) -> Sheet:
    origins: list[tuple[float, float]] = []
    gutters: dict[int, float] = {}
    right = 0.0
    for first, stop in pairwise((0, *(rank + 1 for rank in breaks), len(level.ranks))):
        left, reach = level.reach(first, stop)
        if origins:
            gutters[first - 1] = right + _GUTTER / 2
            right += _GUTTER
        x = right - left
        origins += [(x, tops[rank] - tops[first]) for rank in range(first, stop)]
        right = x + reach
    return Sheet(origins, gutters)


def _misfit(level: Level, sheet: Sheet) -> float:
    """How far the proportions are from what is wanted."""
    columns = pairwise((0, *(rank + 1 for rank in sheet.gutters), len(level.ranks)))
    right = max(sheet.origins[first][0] + level.reach(first, stop)[1] for first, stop in columns)
    bottom = max(y + height for (_, y), height in zip(sheet.origins, level.heights, strict=True))
    return abs(log(right / bottom / _ASPECT))
