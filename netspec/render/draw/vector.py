"""A scene as SVG text, by the SVG 1.1 recommendation of the W3C.

Every colour stands twice: as an attribute for light surroundings, which every viewer reads, and in a style sheet
for those who ask for a dark scheme.
"""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from netspec.render.draw.palette import COLOURS
from netspec.render.draw.scene import Group, Panel, Part, Point, Polygon, Scene, Stroke, Words, leaves

FONTS: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def svg_text(scene: Scene) -> str:
    """The scene as a document that can stand alone or inside a page of HTML."""
    size = f'width="{_number(scene.width)}" height="{_number(scene.height)}"'
    view = f'viewBox="0 0 {_number(scene.width)} {_number(scene.height)}"'
    aria = f'role="img" class="netspec" aria-label="{escape(scene.title)}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view} {aria} font-family="{FONTS}">',
        f"<title>{escape(scene.title)}</title>",
        f"<desc>{escape(scene.description)}</desc>",
        f"<style>{_dark(scene)}</style>",
        f'<rect width="100%" height="100%" {_fill("paper")}/>',
        *_parts(scene.parts),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _dark(scene: Scene) -> str:
    """The rules for dark surroundings of the colours that the scene uses."""
    fills: set[str] = {"paper"}
    edges: set[str] = set()
    for part in leaves(scene.parts):
        match part:
            case Words() | Stroke():
                (fills if isinstance(part, Words) else edges).add(part.colour)
            case Polygon() | Panel():
                fills.add(part.fill)
                edges.update({part.edge} if part.edge else ())
    rules = [f".netspec .f-{name}{{fill:{COLOURS[name].dark}}}" for name in sorted(fills)]
    rules += [f".netspec .s-{name}{{stroke:{COLOURS[name].dark}}}" for name in sorted(edges)]
    return f"@media (prefers-color-scheme:dark){{{''.join(rules)}}}"


def _parts(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Group):
            yield f"<g><title>{escape(part.title)}</title>"
            yield from _parts(part.parts)
            yield "</g>"
        else:
            yield _element(part)


def _element(part: Polygon | Panel | Stroke | Words) -> str:
    match part:
        case Polygon():
            return (
                f'<polygon points="{" ".join(map(_point, part.points))}" {_painted(part.fill, part.edge)}/>'
            )
        case Panel():
            box = " ".join(
                f'{key}="{_number(value)}"'
                for key, value in (
                    ("x", part.x),
                    ("y", part.y),
                    ("width", part.width),
                    ("height", part.height),
                )
            )
            return f'<rect {box} rx="{_number(part.radius)}" {_painted(part.fill, part.edge)}/>'
        case Stroke():
            path = "".join(
                ("C" if len(points) > 1 else "L") + " ".join(map(_point, points)) for points in part.parts
            )
            colour = f'class="s-{part.colour}" stroke="{COLOURS[part.colour].light}"'
            return f'<path d="M{_point(part.start)}{path}" fill="none" {colour} stroke-width="{_number(part.width)}"/>'
        case Words():
            anchor = "" if part.anchor == "start" else f' text-anchor="{part.anchor}"'
            weight = ' font-weight="600"' if part.strong else ""
            place = f'x="{_number(part.x)}" y="{_number(part.y)}" font-size="{_number(part.size)}"'
            return (
                f"<text {place}{anchor}{weight} {_fill(part.colour)}>{escape(part.text, quote=False)}</text>"
            )


def _painted(fill: str, edge: str | None) -> str:
    if edge is None:
        return _fill(fill)
    return (
        f'class="f-{fill} s-{edge}" fill="{COLOURS[fill].light}" stroke="{COLOURS[edge].light}"'
        ' stroke-linejoin="round"'
    )


def _fill(name: str) -> str:
    return f'class="f-{name}" fill="{COLOURS[name].light}"'


def _point(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    """To a tenth of a pixel, in as few characters as it takes."""
    rounded = round(value, 1)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)
