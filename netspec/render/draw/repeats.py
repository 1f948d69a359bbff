"""Equal stretches that follow one another in a sequence."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

_NEAREST: Final = 8
"""Next places of the same item that are tried as the beginning of the next stretch."""
_WORTH: Final = 4
"""Items that a run of several has to save; x, y, x, y stays as it is."""


@dataclass(frozen=True, slots=True)
class Run:
    """`times` equal stretches of `length` items each, from item `start` on."""

    start: int
    length: int
    times: int

    @property
    def stop(self) -> int:
        """The item after the last."""
        return self.start + self.length * self.times


class Repeats:
    """Finds the runs of a sequence; equal items have equal tokens."""

    def __init__(self, tokens: Sequence[Hashable]) -> None:
        seen: dict[Hashable, int] = {}
        self._tokens = [seen.setdefault(token, len(seen)) for token in tokens]
        self._later = _next_places(self._tokens)

    def at(self, start: int) -> Run:
        """The run that begins here and covers most; of equals the one with the shortest stretch."""
        best = Run(start, 1, 1)
        for other in self._later[start]:
            length = other - start
            times = self._equal(start, length) // length + 1
            worth = length == 1 or length * (times - 1) >= _WORTH
            if times > 1 and worth and times * length > best.times * best.length:
                best = Run(start, length, times)
        return best

    def _equal(self, start: int, length: int) -> int:
        """How many items from `start` on are equal to those `length` further."""
        tokens, end = self._tokens, start
        while end + length < len(tokens) and tokens[end] == tokens[end + length]:
            end += 1
        return end - start


def _next_places(tokens: list[int]) -> list[list[int]]:
    """For each place the next few with the same token."""
    places: defaultdict[int, list[int]] = defaultdict(list)
    found: list[list[int]] = [[]] * len(tokens)
    for place in range(len(tokens) - 1, -1, -1):
        same = places[tokens[place]]
        found[place] = same[: -_NEAREST - 1 : -1]
        same.append(place)
    return found
