"""A tall drawing broken into columns, side by side like those of a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from netspec.render.draw.level import Level
from netspec.render.draw.scene import Point

_ASPECT: Final = 1.35
"""Width over height that a drawing should come near to."""
_MOST: Final = 12
_GUTTER: Final = 56.0
_TALLEST: Final = 900.0
"""A drawing up to this height stays in one column."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The origin of each rank, and the ranks after which the next column begins."""

    origins: tuple[Point, ...]
    breaks: tuple[int, ...]
    height: float


def columns(level: Level) -> Columns:
    """The ranks of a level in so many columns that the whole is about as wide as pages are."""
    tops, height = _tops(level)
    allowed = [rank for rank in range(len(level.gaps)) if len(level.steps(rank)) == 1]
    if height <= _TALLEST or not allowed:
        return _placed(level, ())
    choices = [_placed(level, _breaks(tops, height, allowed, number)) for number in range(1, _MOST + 1)]
    return min(choices, key=lambda choice: _misfit(level, choice))


def _tops(level: Level) -> tuple[list[float], float]:
    tops, y = [], 0.0
    for rank, height in enumerate(level.heights):
        tops.append(y)
        y += height + (level.gaps[rank] if rank < len(level.gaps) else 0.0)
    return tops, y


def _breaks(tops: Sequence[float], height: float, allowed: Sequence[int], number: int) -> tuple[int, ...]:
    """For so many columns the allowed breaks nearest to equal heights."""
    wanted = [height * column / number for column in range(1, number)]
    return tuple(sorted({min(allowed, key=lambda rank: abs(tops[rank + 1] - at)) for at in wanted}))


def _placed(level: Level, breaks: tuple[int, ...]) -> Columns:
    origins: list[Point] = []
    x = tallest = 0.0
    for first, stop in zip((0, *(b + 1 for b in breaks)), (*(b + 1 for b in breaks), len(level.ranks)), strict=True):
        left, right = level.reach(first, stop)
        x += -left if origins else 0.0
        y = 0.0
        for rank in range(first, stop):
            origins.append((x, y))
            y += level.heights[rank] + (level.gaps[rank] if rank < stop - 1 else 0.0)
        tallest = max(tallest, y)
        x += right + _GUTTER
    return Columns(tuple(origins), breaks, tallest)


def _misfit(level: Level, choice: Columns) -> float:
    left, _ = level.reach(0, (*choice.breaks, len(level.ranks) - 1)[0] + 1)
    last = (choice.breaks[-1] + 1) if choice.breaks else 0
    width = choice.origins[-1][0] + level.reach(last, len(level.ranks))[1] - left
    return abs(log(width / choice.height / _ASPECT))
