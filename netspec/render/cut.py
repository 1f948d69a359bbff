"""The part of a long line that fits beside the line numbers, with everything in it made visible."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from netspec.render.text import columns, safe

_TAB: Final = "    "
_MORE: Final = "..."


@dataclass(frozen=True)
class Cut:
    """The visible part of a line.

    `edges` are the columns at which the characters from `first` on begin in the whole line, and `low` to `high`
    those that are visible; `begin` is the column at which the visible part starts.
    """

    text: str
    first: int
    edges: tuple[int, ...]
    begin: int
    low: int
    high: int

    def columns(self, start: int, end: int) -> tuple[int, int]:
        """The columns of the visible part at which characters `start` to `end` stand; at least one wide."""
        left = min(max(self._edge(start), self.low), self.high - 1) - self.begin
        return left, max(min(self._edge(end), self.high) - self.begin, left + 1)

    def _edge(self, char: int) -> int:
        return self.edges[min(max(char - self.first, 0), len(self.edges) - 1)]


def cut(line: str, spots: Sequence[tuple[int, int]], room: int) -> Cut:
    """The part of a line around `spots` that fits into `room` columns; where that is too much, around the first.

    Only a stretch of the line is looked at, so that a line of any length costs the same.
    """
    start, end = _target(spots, room)
    start, end = min(start, len(line)), min(end, len(line))
    first = max(0, start - room)
    cells = [_TAB if char == "\t" else safe(char) for char in line[first : start + 2 * room]]
    edges = (0, *accumulate(map(columns, cells)))
    more_right = first + len(cells) < len(line)
    if first == 0 and not more_right and edges[-1] <= room:
        return Cut("".join(cells), first, edges, begin=0, low=0, high=max(edges[-1] + 1, room))
    begin = _begin(edges[start - first], edges[min(end - first, len(cells))], room, cut_left=first > 0)
    if not more_right:
        begin = min(begin, max(0, edges[-1] + 1 - room))
    left = _MORE if first > 0 or begin > 0 else ""
    right = _MORE if more_right or edges[-1] > begin + room else ""
    low, high = begin + len(left), begin + room - len(right)
    kept = [i for i in range(len(cells)) if edges[i] >= low and edges[i + 1] <= high]
    text = left + " " * (edges[kept[0]] - low) + "".join(cells[i] for i in kept) + right
    return Cut(text, first, edges, begin, low, high)


def _target(spots: Sequence[tuple[int, int]], room: int) -> tuple[int, int]:
    """The characters that should be seen: all spots, or the first one where they lie too far apart."""
    start, end = min(start for start, _ in spots), max(end for _, end in spots)
    return (start, end) if end - start <= room - 2 * len(_MORE) else spots[0]


def _begin(left: int, right: int, room: int, *, cut_left: bool) -> int:
    """The first visible column: 0 where the marks are seen from there, else what puts them into the middle."""
    if not cut_left and right + len(_MORE) <= room:
        return 0
    return max(0, left - max(room - (right - left), 8) // 2)
