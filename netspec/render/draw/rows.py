"""The volumes of a chain: what repeats once, and all of them in rows of about equal length."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil
from typing import Final

from netspec.render.draw.boxes import Box
from netspec.render.draw.breaks import even_breaks
from netspec.render.draw.page import MARGIN
from netspec.render.draw.repeats import Repeats, Run
from netspec.render.draw.scale import Scale
from netspec.render.draw.volume import TEXT_HEIGHT, Volume, volume

BRACE: Final = 24.0
"""Height of a brace and its text below the volumes that repeat together."""
BETWEEN: Final = 40.0
"""Between two rows, for the line from one to the next."""
SIDE: Final = 18.0
"""Beside rows that are joined by such lines."""
_APART: Final = 30.0
"""Room for the arrow between neighbours."""
_CLEAR: Final = 4.0
"""Between an arrow and a volume."""
_LONGEST: Final = 1600.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """The volumes `first` to `last`, which stand there `times` times; `level` is 0 for the innermost."""

    first: int
    last: int
    times: int
    level: int


class Folded:
    """The volumes of a chain, those that repeat once, and the stretches of several that repeat."""

    def __init__(self, boxes: Sequence[Box], scale: Scale) -> None:
        self.volumes: list[Volume] = []
        self.stretches: list[Stretch] = []
        self.levels = self._add(boxes, scale)

    def _add(self, boxes: Sequence[Box], scale: Scale) -> int:
        """Add the volumes of boxes; gives how many stretches lie in one another."""
        repeats = Repeats([(box.title, box.settings, box.extras, box.shape) for box in boxes])
        place = levels = 0
        while place < len(boxes):
            run = _aligned(boxes, repeats, place)
            if run.length == 1:
                self.volumes.append(volume(boxes[place], run.times, scale))
            else:
                first = len(self.volumes)
                level = self._add(boxes[place : place + run.length], scale)
                self.stretches.append(Stretch(first, len(self.volumes) - 1, run.times, level))
                levels = max(levels, level + 1)
            place = run.stop
        return levels


def _aligned(boxes: Sequence[Box], repeats: Repeats, place: int) -> Run:
    """The run that begins here; a single box where it could begin as well a little later, with a block."""
    run = repeats.at(place)
    if run.length > 1 and not _begins(boxes, place):
        for start in filter(lambda at: _begins(boxes, at), range(place + 1, place + run.length)):
            later = repeats.at(start)
            if (later.length, later.times) == (run.length, run.times):
                return Run(place, 1, 1)
    return run


def _begins(boxes: Sequence[Box], place: int) -> bool:
    """Whether a block begins with this box."""
    return place == 0 or boxes[place].path != boxes[place - 1].path


@dataclass(frozen=True, slots=True)
class Row:
    """The volumes from `first` on: the middle of each, the axis of all, the top, and the height of their texts."""

    first: int
    volumes: tuple[Volume, ...]
    middles: tuple[float, ...]
    top: float
    axis: float
    below: float

    def left(self, number: int) -> float:
        """Where an arrow to a volume ends."""
        return self.middles[number] - self.volumes[number].reach - _CLEAR

    def right(self, number: int) -> float:
        """Where an arrow from a volume begins."""
        return self.middles[number] + self.volumes[number].reach + _CLEAR

    @property
    def edge(self) -> float:
        """Where the row ends on the right."""
        return self.middles[-1] + self.volumes[-1].room / 2


def rows(folded: Folded, top: float) -> list[Row]:
    """The rows, the first from a height on."""
    found: list[Row] = []
    parts = list(_broken([volume.room + _APART for volume in folded.volumes]))
    for part in parts:
        members = tuple(folded.volumes[part.start : part.stop])
        found.append(_row(part.start, members, MARGIN + (SIDE if len(parts) > 1 else 0.0), top))
        top = found[-1].below + TEXT_HEIGHT + folded.levels * BRACE + BETWEEN
    return found


def _broken(rooms: Sequence[float]) -> Iterator[range]:
    """Rows as ranges of places: as few as the longest row allows, and of about equal length."""
    begins = [0.0, *accumulate(rooms)]
    breaks = even_breaks(begins, range(len(rooms) - 1), ceil(begins[-1] / _LONGEST))
    for start, stop in pairwise((0, *(place + 1 for place in breaks), len(rooms))):
        yield range(start, stop)


def _row(first: int, volumes: tuple[Volume, ...], x: float, top: float) -> Row:
    middles = []
    for one in volumes:
        middles.append(x + one.room / 2)
        x += one.room + _APART
    high = max(one.height + one.back for one in volumes)
    return Row(first, volumes, tuple(middles), top, top + high / 2, top + high + 8)
