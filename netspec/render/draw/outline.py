"""What a drawing of a graph shows: boxes in the frames of their blocks, and the edges between them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from netspec.render.text import count

MOST_BOXES: Final = 400
"""Past so many boxes the innermost blocks stay closed, and a drawing that has more even then is refused."""
_MOST_LINES: Final = 4 * MOST_BOXES


class DrawingError(ValueError):
    """The network cannot be drawn in this way; the message says why."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One box of the drawing. It stands for `times` equal ones in a row; `key` tells it from all others."""

    key: int
    title: str
    extras: tuple[str, ...]
    shape: str
    role: str
    names: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Frame:
    """A block that is drawn opened, or without a name a repeat of several layers."""

    name: str
    items: tuple["Item", ...]
    times: int = 1


Item: TypeAlias = Cell | Frame


@dataclass(frozen=True, slots=True)
class Outline:
    """The boxes and frames of a drawing, and its edges as pairs of keys. Both are in topological order."""

    items: tuple[Item, ...]
    edges: tuple[tuple[int, int], ...]


def cells(items: Iterable[Item]) -> Iterator[Cell]:
    """The boxes themselves, out of their frames."""
    for item in items:
        if isinstance(item, Frame):
            yield from cells(item.items)
        else:
            yield item


def within_limit(found: Outline) -> Outline:
    """The drawing with so many of the innermost blocks closed that it can be read. Raises DrawingError."""
    for depth in range(_depth(found.items) - 1, -1, -1):
        if _number(found) <= MOST_BOXES:
            break
        found = _closed(found, depth)
    check_number(_number(found))
    if len(found.edges) > _MOST_LINES:
        raise DrawingError(
            f"the drawing would have {len(found.edges):,} lines, and more than {_MOST_LINES} cannot be followed"
        )
    return found


def check_number(number: int) -> None:
    """Raise DrawingError for more boxes than a drawing may have."""
    if number > MOST_BOXES:
        raise DrawingError(
            f"the drawing would have {number:,} boxes, and more than {MOST_BOXES} cannot be read: "
            "write what repeats as blocks, which are drawn once or closed"
        )


def _number(found: Outline) -> int:
    return sum(1 for _ in cells(found.items))


def _depth(items: Iterable[Item]) -> int:
    return max((_depth(item.items) + 1 for item in items if isinstance(item, Frame)), default=0)


def _closed(found: Outline, depth: int) -> Outline:
    """The drawing with a box in place of each frame that lies in `depth` others."""
    into: dict[int, int] = {}
    items = tuple(_closing(item, depth, into) for item in found.items)
    edges = dict.fromkeys((into.get(a, a), into.get(b, b)) for a, b in found.edges)
    return Outline(items, tuple((a, b) for a, b in edges if a != b))


def _closing(item: Item, depth: int, into: dict[int, int]) -> Item:
    if isinstance(item, Cell):
        return item
    if depth > 0:
        return Frame(item.name, tuple(_closing(inner, depth - 1, into) for inner in item.items), item.times)
    inside = list(cells(item.items))
    into.update((cell.key, inside[0].key) for cell in inside)
    what = count(len(inside), "layer")
    return Cell(
        inside[0].key,
        f"{item.name or 'repeat'} ({what})",
        (),
        inside[-1].shape,
        "block",
        inside[0].names,
        item.times,
    )
