"""What stands around every drawing: a title above it, below it a legend of its colours and a caption."""

from collections.abc import Iterable, Sequence
from typing import Final

from netspec.render.draw.lettering import short, width, wrapped
from netspec.render.draw.palette import ROLES
from netspec.render.draw.scene import Panel, Part, Scene, Words

MARGIN: Final = 20.0
_TITLE: Final = 16.0
_SMALL: Final = 11.0
_LINE: Final = 18.0
_SWATCH: Final = 12.0
_NARROWEST: Final = 300.0


def head(title: str) -> float:
    """The height that a title takes."""
    return MARGIN + (_TITLE + 14.0 if title else 0.0)


def page(
    title: str,
    description: str,
    parts: Sequence[Part],
    size: tuple[float, float],
    roles: Iterable[str],
    caption: str,
) -> Scene:
    """A drawing that begins at the height `head(title)` and has this size, with what stands around it."""
    shown = short(title, 60)
    wide = max(size[0], width(shown, _TITLE, strong=True), _NARROWEST)
    y = head(title) + size[1] + MARGIN
    around: list[Part] = []
    if title:
        around.append(Words(MARGIN, MARGIN + 13, shown, _TITLE, "start", strong=True))
    rows = list(_legend(roles, wide))
    for row, entries in enumerate(rows):
        for x, role, name in entries:
            around += _entry(MARGIN + x, y + row * _LINE, role, name)
    y += len(rows) * _LINE
    for line in wrapped(caption, _SMALL, wide):
        y += _LINE - 3
        around.append(Words(MARGIN, y, line, _SMALL, "start", colour="muted"))
    return Scene(wide + 2 * MARGIN, y + MARGIN, shown or "a neural network", description, (*parts, *around))


def _legend(roles: Iterable[str], wide: float) -> Iterable[list[tuple[float, str, str]]]:
    """The entries of the legend in rows, each with its place from the left."""
    row: list[tuple[float, str, str]] = []
    x = 0.0
    for role in (name for name in ROLES if name in set(roles)):
        name = ROLES[role]
        needed = _SWATCH + 6 + width(name, _SMALL)
        if row and x + needed > wide:
            yield row
            row, x = [], 0.0
        row.append((x, role, name))
        x += needed + 16
    yield row


def _entry(x: float, y: float, role: str, name: str) -> Iterable[Part]:
    yield Panel(x, y, _SWATCH, _SWATCH, 2, role, f"{role}-edge")
    yield Words(x + _SWATCH + 6, y + 10, name, _SMALL, "start", colour="muted")
