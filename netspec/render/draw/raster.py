"""A scene as a PNG file, painted with Pillow and its own font, so that no font of the system is needed."""

from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from math import sqrt
from typing import TYPE_CHECKING, Any, Final
from unicodedata import combining, normalize

from netspec.render.draw.palette import COLOURS
from netspec.render.draw.scene import Panel, Point, Polygon, Scene, Stroke, Words, leaves

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

_FINER: Final = 3
"""Areas and lines are painted so many times larger and then scaled down, for clean edges."""
MOST_PIXELS: Final = 16_000_000
"""A picture that would have more pixels is painted smaller."""
_STEPS: Final = 16
"""Straight lines for a curve."""
_SPELT: Final = str.maketrans({"×": "x", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "→": "->"})
"""Pillow's font has the letters of ASCII; frequent others are spelt in them."""


def png_bytes(scene: Scene, scale: float) -> bytes:
    """The scene with `scale` pixels for each of its units, on white, for light surroundings."""
    from PIL import Image, ImageDraw  # noqa: PLC0415  only pictures of pixels pay for Pillow

    scale = min(scale, sqrt(MOST_PIXELS / (scene.width * scene.height)))
    size = (max(1, round(scene.width * scale)), max(1, round(scene.height * scale)))
    fine = Image.new("RGB", (size[0] * _FINER, size[1] * _FINER), COLOURS["paper"].light)
    drawing = ImageDraw.Draw(fine)
    for part in leaves(scene.parts):
        if not isinstance(part, Words):
            _paint(drawing, part, scale * _FINER)
    picture = fine.reduce(_FINER)
    _write(ImageDraw.Draw(picture), scene, scale)
    file = BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _paint(drawing: "ImageDraw", part: Polygon | Panel | Stroke, scale: float) -> None:
    match part:
        case Polygon():
            points = _scaled(part.points, scale)
            drawing.polygon(points, fill=COLOURS[part.fill].light)
            if part.edge:
                _line(drawing, [*points, points[0]], part.edge, scale)
        case Panel():
            corners = _scaled(((part.x, part.y), (part.x + part.width, part.y + part.height)), scale)
            edge = COLOURS[part.edge].light if part.edge else None
            drawing.rounded_rectangle(
                corners, part.radius * scale, COLOURS[part.fill].light, edge, max(1, round(scale))
            )
        case Stroke():
            _line(drawing, _scaled(_flat(part), scale), part.colour, part.width * scale)


def _line(drawing: "ImageDraw", points: list[Point], colour: str, width: float) -> None:
    drawing.line(points, COLOURS[colour].light, max(1, round(width)), joint="curve")


def _write(drawing: "ImageDraw", scene: Scene, scale: float) -> None:
    anchors = {"start": "ls", "middle": "ms", "end": "rs"}
    for part in leaves(scene.parts):
        if isinstance(part, Words):
            place = (part.x * scale, part.y * scale)
            drawing.text(
                place,
                spelt(part.text),
                COLOURS[part.colour].light,
                font(part.size * scale),
                anchors[part.anchor],
                stroke_width=part.size * scale / 45 if part.strong else 0,
            )


@lru_cache(maxsize=32)
def font(size: float) -> Any:
    """Pillow's own font. It has one weight; strong text gets an outline of its own colour."""
    from PIL import ImageFont  # noqa: PLC0415  only pictures of pixels pay for Pillow

    return ImageFont.load_default(size)


def spelt(text: str) -> str:
    """The text in ASCII: accents are left out, and what has no likeness is a question mark."""
    if text.isascii():
        return text
    letters = normalize("NFKD", text.translate(_SPELT))
    return "".join(char for char in letters if not combining(char)).encode("ascii", "replace").decode()


def _scaled(points: Iterable[Point], scale: float) -> list[Point]:
    return [(x * scale, y * scale) for x, y in points]


def _flat(stroke: Stroke) -> list[Point]:
    """The line as short straight ones."""
    points = [stroke.start]
    for part in stroke.parts:
        if len(part) == 3:
            points += [_bezier((points[-1], *part), step / _STEPS) for step in range(1, _STEPS)]
        points.append(part[-1])
    return points


def _bezier(points: tuple[Point, ...], t: float) -> Point:
    s = 1 - t
    weights = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
    x, y = (sum(w * p[axis] for w, p in zip(weights, points, strict=True)) for axis in (0, 1))
    return x, y
