"""The moment at which a step needs most memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from netspec.analysis.memory.lowering import Lowering
from netspec.analysis.memory.waves import Array, lives

TRIED: Final = 8
"""Waves that are looked at closely: those in which most lives."""


@dataclass(frozen=True, slots=True)
class Peak:
    """What lives at one moment, in bytes, and the node that was working on it last."""

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
    """The moment at which most lives, after what fits into donated parameters is taken off."""
    arrays = lowering.program.arrays
    lives(arrays)
    live = _live(arrays)
    waves = sorted(range(len(live)), key=lambda wave: -live[wave])[:TRIED]
    return max((_at(lowering, wave) for wave in waves), key=lambda found: found.bytes)


def _live(arrays: Sequence[Array]) -> list[int]:
    """The bytes that live in each wave."""
    change = [0] * (2 + max((array.last for array in arrays), default=0))
    for array in arrays:
        change[array.made] += array.bytes
        change[array.last + 1] -= array.bytes
    total = 0
    for wave, step in enumerate(change):
        change[wave] = total = total + step
    return change


def _at(lowering: Lowering, wave: int) -> Peak:
    live = [array for array in lowering.program.arrays if array.made <= wave <= array.last]
    gradients = sum(array.bytes for array in live if array.purpose == "gradient")
    saved = sum(array.bytes for array in live if array.saved and array.purpose == "value")
    newest = max(live, key=lambda array: (array.made, array.bytes), default=None)
    return Peak(
        gradients=gradients,
        saved=saved,
        scratch=sum(array.bytes for array in live) - gradients - saved,
        reused=_reused(live, [size for size, start, end in lowering.hosts if start <= wave <= end]),
        node=newest.node if newest else -1,
    )


def _reused(live: Sequence[Array], hosts: Sequence[int]) -> int:
    """Bytes of live arrays that find room in donated parameters, one in each, the largest first.

    A copy of a parameter stays outside: the place it could take is the one that it was made to free.
    """
    guests = sorted((a.bytes for a in live if not (a.purpose == "gradient" and a.made == 1)), reverse=True)
    found = place = 0
    for host in sorted(hosts, reverse=True):
        while place < len(guests) and guests[place] > host:
            place += 1
        if place == len(guests):
            break
        found += guests[place]
        place += 1
    return found
