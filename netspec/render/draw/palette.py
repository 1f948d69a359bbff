"""Colours by name, each for light and for dark surroundings, and the colour of each family of layers."""

from typing import Final, NamedTuple


class Colour(NamedTuple):
    """The same role on a light and on a dark ground, as `#rrggbb`."""

    light: str
    dark: str


_FILLS: Final = {
    "input": Colour("#e9ecef", "#424b54"),
    "conv": Colour("#a9cbee", "#2d5683"),
    "pool": Colour("#f3ab9f", "#8a4036"),
    "dense": Colour("#b9dda6", "#42692f"),
    "norm": Colour("#d7c6ee", "#584281"),
    "activation": Colour("#f7c576", "#7c5216"),
    "merge": Colour("#f6e58f", "#6f611c"),
    "reshape": Colour("#c8d6d9", "#46585d"),
    "embedding": Colour("#a5dccf", "#27665a"),
    "regularization": Colour("#dcdcdc", "#505050"),
    "other": Colour("#f0f0f0", "#3a3a3a"),
    "block": Colour("#d3dced", "#3b4a66"),
}
ROLES: Final = {
    "input": "input",
    "conv": "convolution",
    "pool": "pooling",
    "dense": "fully connected",
    "norm": "normalization",
    "activation": "activation",
    "merge": "merge",
    "reshape": "reshaping",
    "embedding": "embedding",
    "regularization": "regularization",
    "other": "other",
    "block": "block, not opened",
}
"""What the legend calls each fill."""

_FAMILIES: Final = {
    "conv": "conv",
    "depthwise": "conv",
    "transposed": "conv",
    "pooling": "pool",
    "global_pooling": "pool",
    "dense": "dense",
    "normalization": "norm",
    "activation": "activation",
    "merging": "merge",
    "reshaping": "reshape",
    "bordering": "reshape",
    "embedding": "embedding",
    "regularization": "regularization",
}


def role(family: str) -> str:
    """The fill of a family of layers; `other` for one that has none of its own."""
    return _FAMILIES.get(family, "other")


def _mixed(colour: str, other: str, share: float) -> str:
    """A colour with a share of another in it."""
    pairs = ((int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _faces(name: str, fill: Colour) -> dict[str, Colour]:
    """The lit top and the shaded side of a volume, and the edges of everything with this fill."""
    return {
        name: fill,
        f"{name}-top": Colour(_mixed(fill.light, "#ffffff", 0.45), _mixed(fill.dark, "#ffffff", 0.18)),
        f"{name}-side": Colour(_mixed(fill.light, "#000000", 0.16), _mixed(fill.dark, "#000000", 0.3)),
        f"{name}-edge": Colour(_mixed(fill.light, "#1b2530", 0.5), _mixed(fill.dark, "#ffffff", 0.4)),
    }


COLOURS: Final[dict[str, Colour]] = {
    "paper": Colour("#ffffff", "#15181c"),
    "text": Colour("#1b1f24", "#e9ebee"),
    "shape": Colour("#3d4650", "#d9dde2"),
    "muted": Colour("#59636e", "#a7b0ba"),
    "line": Colour("#4b5662", "#aab4be"),
    "frame": Colour("#f7f8fa", "#1b1f24"),
    "frame-inner": Colour("#edf0f4", "#23282f"),
    "frame-edge": Colour("#bcc5cf", "#4c5763"),
    **{name: colour for role, fill in _FILLS.items() for name, colour in _faces(role, fill).items()},
}
