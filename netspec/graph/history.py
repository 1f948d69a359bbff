"""How a shape came to be, told for a fault further down."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netspec.graph.node import INPUT
from netspec.layers.base import Shape, dims

if TYPE_CHECKING:
    from netspec.graph.draft import Draft, Draftsman

_SHOWN = 8


def shapes_before(plan: "Draftsman", draft: "Draft") -> Iterator[str]:
    """`the input was 48x48x3; pool1, pool2 and conv5 made it 24x24, 12x12 and 10x10`, back along the first inputs."""
    steps: list[tuple[str, Shape]] = []
    index = draft.inputs[0]
    while index != INPUT:
        node = plan.drafts[index]
        before = plan.shape_of(node.inputs[0]) if node.inputs else None
        if node.shape is not None and before is not None and before.spatial != node.shape.spatial:
            steps.append((node.name, node.shape))
        index = node.inputs[0]
    if not steps or plan.input is None:
        return
    told = [f"{name} ({dims(shape.spatial)})" for name, shape in reversed(steps)]
    if len(told) > _SHOWN:
        told = [*told[: _SHOWN // 2], "...", *told[-_SHOWN // 2 :]]
    yield f"the input was {plan.input}; before this point it went through {', '.join(told)}"
