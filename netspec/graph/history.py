"""How a shape came to be, told for a fault further down."""

from collections.abc import Iterable, Iterator
from typing import Final

from netspec.layers.base import Shape, dims

_SHOWN: Final = 8


def told(start: Shape, steps: Iterable[tuple[str, Shape]]) -> Iterator[str]:
    """`the input was 48x48x3; before this point it went through pool1 (24x24), pool2 (12x12)`.

    `steps` are the nodes that changed the spatial size, with the shape they gave.
    """
    names = [f"{name} ({dims(shape.spatial)})" for name, shape in steps]
    if len(names) > _SHOWN:
        names = [*names[: _SHOWN // 2], "...", *names[-_SHOWN // 2 :]]
    if names:
        yield f"the input was {start}; before this point it went through {', '.join(names)}"
