"""A scene as a PNG file, painted with Pillow and its own font, so that no font of the system is needed."""

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from math import sqrt
from typing import TYPE_CHECKING, Any, Final
from unicodedata import combining, normalize

from netspec.render.draw.palette import COLOURS
from netspec.render.draw.scene import Panel, Point, Polygon, Scene, Stroke, Words, leaves

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

MOST_PIXELS: Final = 24_000_000
"""A picture that would have more pixels is painted smaller."""
_FINER: Final = 3
"""Areas and lines are painted so many times larger and then scaled down, for clean edges."""
_BAND: Final = 1_000_000
"""Pixels that are painted at once; the larger picture never exists as a whole."""
_STEPS: Final = 16
"""Straight lines for a curve."""
_HEAVIER: Final = 50
"""The font has one weight; strong text is written twice, this part of its height to both sides."""
_SPELT: Final = str.maketrans(
    {"×": "x", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "→": "->"}
)


def png_bytes(scene: Scene, scale: float) -> bytes:
    """The scene with `scale` pixels for each of its units, on white, for light surroundings."""
    from PIL import Image, ImageDraw  # noqa: PLC0415  only pictures of pixels pay for Pillow

    scale = min(scale, sqrt(MOST_PIXELS / (scene.width * scene.height)))
    width, height = (max(1, round(side * scale)) for side in (scene.width, scene.height))
    picture = Image.new("RGB", (width, height), COLOURS["paper"].light)
    shapes = [part for part in leaves(scene.parts) if not isinstance(part, Words)]
    rows = max(1, _BAND // width)
    for top in range(0, height, rows):
        size = (width, min(rows, height - top))
        picture.paste(_band(shapes, size, top, scale), (0, top))
    _write(ImageDraw.Draw(picture), scene, scale)
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _band(
    shapes: Sequence[Polygon | Panel | Stroke], size: tuple[int, int], top: int, scale: float
) -> "Image":
    """The shapes on some rows of the picture."""
    from PIL import Image, ImageDraw  # noqa: PLC0415  only pictures of pixels pay for Pillow

    fine = Image.new("RGB", (size[0] * _FINER, size[1] * _FINER), COLOURS["paper"].light)
    drawing = ImageDraw.Draw(fine)
    first, last = top / scale, (top + size[1]) / scale
    for shape in shapes:
        ys = [y for _, y in _corners(shape)]
        if min(ys) - 2 < last and max(ys) + 2 > first:
            _paint(drawing, shape, scale * _FINER, top * _FINER)
    return fine.reduce(_FINER)


def _corners(shape: Polygon | Panel | Stroke) -> tuple[Point, ...]:
    if isinstance(shape, Panel):
        return (shape.x, shape.y), (shape.x + shape.width, shape.y + shape.height)
    return shape.points


def _paint(drawing: "ImageDraw", shape: Polygon | Panel | Stroke, scale: float, top: int) -> None:
    points = [
        (x * scale, y * scale - top)
        for x, y in (_flat(shape) if isinstance(shape, Stroke) else _corners(shape))
    ]
    match shape:
        case Polygon():
            drawing.polygon(points, fill=COLOURS[shape.fill].light)
            if shape.edge:
                _line(drawing, [*points, points[0]], shape.edge, scale)
        case Panel():
            edge = COLOURS[shape.edge].light if shape.edge else None
            fill = COLOURS[shape.fill].light
            drawing.rounded_rectangle(points, shape.radius * scale, fill, edge, max(1, round(scale)))
        case Stroke():
            _line(drawing, points, shape.colour, shape.width * scale)


def _line(drawing: "ImageDraw", points: Sequence[Point], colour: str, width: float) -> None:
    drawing.line(points, COLOURS[colour].light, max(1, round(width)), joint="curve")


def _flat(stroke: Stroke) -> list[Point]:
    """The line as short straight ones."""
    points = [stroke.start]
    for part in stroke.parts:
        if len(part) == 3:
            points += [_bezier((points[-1], *part), step / _STEPS) for step in range(1, _STEPS)]
        points.append(part[-1])
    return points


def _bezier(points: Sequence[Point], t: float) -> Point:
    s = 1 - t
    weights = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
    x, y = (sum(w * p[axis] for w, p in zip(weights, points, strict=True)) for axis in (0, 1))
    return x, y


def _write(drawing: "ImageDraw", scene: Scene, scale: float) -> None:
    anchors = {"start": "ls", "middle": "ms", "end": "rs"}
    for part in leaves(scene.parts):
        if isinstance(part, Words):
            size = part.size * scale
            for shift in (-size / _HEAVIER, size / _HEAVIER) if part.strong else (0.0,):
                place = (part.x * scale + shift, part.y * scale)
                colour = COLOURS[part.colour].light
                drawing.text(place, spelt(part.text), colour, font(size), anchors[part.anchor])


@lru_cache(maxsize=32)
def font(size: float) -> Any:
    """Pillow's own font."""
    from PIL import ImageFont  # noqa: PLC0415  only pictures of pixels pay for Pillow

    return ImageFont.load_default(size)


def spelt(text: str) -> str:
    """The text in the letters of Pillow's font, which are ASCII; what has no likeness is a question mark."""
    if text.isascii():
        return text
    letters = normalize("NFKD", text.translate(_SPELT))
    return "".join(char for char in letters if not combining(char)).encode("ascii", "replace").decode()
