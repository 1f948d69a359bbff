"""The manual's examples on smaller maps and with fewer filters, so that plain loops are done with them soon."""

from typing import Final

from layers.random_uses import Use
from test_contract import shapes, written

from netspec.diagnostics import Refused
from netspec.layers import KINDS, Layer, Shape

WIDTHS: Final = ("filters", "units", "width")
MOVED: Final = ("flatten", "reshape")
"""Layers whose fields depend on every size; they cost nothing."""


def examples(kind: str) -> list[Use]:
    """Every example of a layer's entry in the manual."""
    found = [(written(KINDS[kind], one.arrow), shapes(one.input)) for one in KINDS[kind].examples]
    return [Use(layer, inputs) if kind in MOVED else small(layer, inputs) for layer, inputs in found]


def small(layer: Layer, inputs: tuple[Shape, ...]) -> Use:
    """The same use with few filters, on the fewest channels that the layer accepts."""
    narrow = {name: narrowed(layer, getattr(layer, name)) for name in WIDTHS if hasattr(layer, name)}
    layer = layer.model_copy(update=narrow)
    spatial = [tuple(map(shortened, x.spatial, [x.rank] * x.rank)) for x in inputs]
    if inputs[0].tokens is not None:
        return Use(layer, tuple(Shape(sizes, 7) for sizes in spatial))
    most = inputs[0].channels
    for channels in range(min(3, most), most + 1):
        found = tuple(
            Shape((*sizes, fewer(x, most, channels))) for sizes, x in zip(spatial, inputs, strict=True)
        )
        if accepts(layer, found):
            return Use(layer, found)
    raise AssertionError(layer)


def narrowed(layer: Layer, width: int) -> int:
    """Two filters for each group."""
    return min(width, 2 * getattr(layer, "groups", 2))


def shortened(size: int, rank: int) -> int:
    """A long axis made short: 3-D ones more so. 56 and 64 stay different."""
    most = {1: 11, 2: 11, 3: 7}[rank]
    return size if size <= most else most + size % 5 * (rank < 3)


def fewer(x: Shape, most: int, channels: int) -> int:
    """As many channels as the first input, or one less where there were others."""
    return channels if x.channels == most else max(1, channels - 1)


def accepts(layer: Layer, inputs: tuple[Shape, ...]) -> bool:
    """Whether the layer can be put on these shapes."""
    try:
        layer.infer(inputs)
    except Refused:
        return False
    return True
