"""A chain of layers as volumes in a row, as the papers on AlexNet and VGG draw it."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from netspec.render.draw.boxes import Box
from netspec.render.draw.outline import check_number
from netspec.render.draw.page import MARGIN, head, page
from netspec.render.draw.routes import rounded
from netspec.render.draw.rows import BETWEEN, BRACE, SIDE, Folded, Row, Stretch, rows
from netspec.render.draw.scale import extents, scale_for
from netspec.render.draw.scene import Part, Scene, Stroke, Words, arrowhead
from netspec.render.draw.volume import TEXT_HEIGHT, TITLE_SIZE, Volume, drawn
from netspec.render.text import count


def volumes(boxes: Sequence[Box], title: str) -> Scene:
    """The picture of a chain. Raises DrawingError."""
    folded = Folded(boxes, scale_for(box.shape for box in boxes))
    check_number(len(folded.volumes))
    found = rows(folded, head(title))
    parts = (*_arrows(found), *_drawn(found), *_braces(found, folded.stretches))
    width = max(row.edge for row in found) - MARGIN + (SIDE if len(found) > 1 else 0.0)
    height = found[-1].below + TEXT_HEIGHT + folded.levels * BRACE - head(title)
    roles = {one.box.role for one in folded.volumes}
    roles |= {"activation" for one in folded.volumes if one.box.activated}
    return page(title, _description(boxes), parts, (width, height), roles, _caption(folded.volumes))


def _drawn(found: Sequence[Row]) -> Iterator[Part]:
    for row in found:
        for one, middle in zip(row.volumes, row.middles, strict=True):
            yield drawn(one, middle, row.axis, row.below)


def _arrows(found: Sequence[Row]) -> Iterator[Part]:
    for row in found:
        for number in range(len(row.volumes) - 1):
            yield from _arrow(Stroke((row.right(number), row.axis), (((row.left(number + 1), row.axis),),)))
    for row, after in pairwise(found):
        yield from _arrow(_to_next(row, after))


def _to_next(row: Row, after: Row) -> Stroke:
    """The line from the end of a row to the beginning of the next."""
    start, end = (row.right(len(row.volumes) - 1), row.axis), (after.left(0), after.axis)
    right, level = row.edge + SIDE, after.top - BETWEEN / 2
    corners = ((right, row.axis), (right, level), (MARGIN, level), (MARGIN, after.axis))
    return Stroke(start, tuple(rounded((start, *corners, end))))


def _arrow(stroke: Stroke) -> tuple[Part, Part]:
    return stroke, arrowhead(stroke)


def _braces(found: Sequence[Row], stretches: Sequence[Stretch]) -> Iterator[Part]:
    """A brace below each stretch, with how often it stands there; in two rows a piece in each."""
    for row in found:
        for stretch in stretches:
            first = max(stretch.first - row.first, 0)
            last = min(stretch.last - row.first, len(row.volumes) - 1)
            if first <= last:
                yield from _brace(row, first, last, stretch)


def _brace(row: Row, first: int, last: int, stretch: Stretch) -> tuple[Part, Part]:
    left = row.middles[first] - row.volumes[first].room / 2
    right = row.middles[last] + row.volumes[last].room / 2
    y = row.below + TEXT_HEIGHT + stretch.level * BRACE
    line = Stroke((left, y), (((left, y + 6),), ((right, y + 6),), ((right, y),)), "muted", 1.0)
    return line, Words((left + right) / 2, y + 19, f"x{stretch.times}", TITLE_SIZE, strong=True)


def _description(boxes: Sequence[Box]) -> str:
    first, last = (f"{box.title} {box.written_shape}" for box in (boxes[0], boxes[-1]))
    return f"A chain of {count(len(boxes), 'volume')}, from {first} to {last}."


def _caption(folded: Sequence[Volume]) -> str:
    """What the sizes and the colour of a side mean."""
    film = any(extents(one.box.shape).frames > 1 for one in folded)
    across = "the channels of all frames, which stand side by side" if film else "the channels"
    sizes = f"Height and depth grow with the square root of rows and columns, width with that of {across}."
    if any(one.box.activated for one in folded):
        return f"{sizes} A side in the colour of activations says that one works on the values."
    return sizes
