"""The moment at which a step needs most memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from netspec.analysis.memory.lowering import Lowering
from netspec.analysis.memory.waves import Array, write_in_place

TRIED: Final = 8
"""Waves that are looked at closely: those in which most lives, and in which most has no room in parameters."""


@dataclass(frozen=True, slots=True)
class Peak:
    """What lives at one moment, in bytes, and the node that wrote the newest of it."""

    gradients: int
    saved: int
    scratch: int
    reused: int
    node: int

    @property
    def bytes(self) -> int:
        """All of it, where things in the place of others count once."""
        return self.gradients + self.saved + self.scratch - self.reused


def peak(lowering: Lowering) -> Peak:
    """The moment at which most lives, after what finds room in donated parameters is taken off."""
    write_in_place(lowering.program.arrays)
    return max((_at(lowering, wave) for wave in _candidates(lowering)), key=lambda found: found.bytes)


def _candidates(lowering: Lowering) -> list[int]:
    arrays, rooms = lowering.program.arrays, lowering.rooms.values()
    waves = 2 + max((array.last for array in arrays), default=0)
    live = _sums(waves, ((array.made, array.last, array.bytes) for array in arrays))
    room = _sums(waves, ((one.start, one.end, one.bytes) for one in rooms))
    most = sorted(range(waves), key=lambda wave: -live[wave])[:TRIED]
    without = sorted(range(waves), key=lambda wave: room[wave] - live[wave])[:TRIED]
    return list(dict.fromkeys(most + without))


def _sums(waves: int, spans: Iterator[tuple[int, int, int]]) -> list[int]:
    """For each wave the sum of the sizes whose first and last wave lie around it."""
    found = [0] * waves
    for start, end, size in spans:
        found[start] += size
        found[end + 1] -= size
    for wave in range(1, waves):
        found[wave] += found[wave - 1]
    return found


def _at(lowering: Lowering, wave: int) -> Peak:
    live = [array for array in lowering.program.arrays if array.made <= wave <= array.last]
    gradients = sum(array.bytes for array in live if array.purpose == "gradient")
    saved = sum(array.bytes for array in live if array.saved and array.purpose == "value")
    newest = max(live, key=lambda array: (array.made, array.bytes), default=lowering.argument)
    return Peak(
        gradients=gradients,
        saved=saved,
        scratch=sum(array.bytes for array in live) - gradients - saved,
        reused=_reused(live, [one.bytes for one in lowering.rooms.values() if one.start <= wave <= one.end]),
        node=newest.node,
    )


def _reused(live: Sequence[Array], rooms: Sequence[int]) -> int:
    """Bytes of live arrays that find room in donated parameters, one in each, the largest first.

    A copy of a parameter stays outside: the place it would take is the one that it was made to free.
    """
    copied = 1
    guests = sorted((a.bytes for a in live if a.purpose != "gradient" or a.made > copied), reverse=True)
    found = place = 0
    for room in sorted(rooms, reverse=True):
        while place < len(guests) and guests[place] > room:
            place += 1
        if place == len(guests):
            break
        found += guests[place]
        place += 1
    return found
