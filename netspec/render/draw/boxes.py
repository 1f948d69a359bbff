"""The boxes of a drawing: each a layer with what works in place on its output; the first is the network's input."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from netspec.graph.node import INPUT, Graph, Node
from netspec.graph.show import label
from netspec.layers.base import Shape
from netspec.render.draw.lettering import short
from netspec.render.draw.palette import role

_MOST: Final = 5
"""In-place layers that are named one by one."""

_NOTHING: Final = "identity"
"""The layer that does nothing and is not drawn."""


@dataclass(frozen=True, slots=True)
class Box:
    """A layer and the in-place layers behind it; `sources` are the places of the boxes it reads.

    `path` names the blocks and branches it stands in. The network's input has place 0 and no nodes.
    """

    place: int
    nodes: tuple[Node, ...]
    sources: tuple[int, ...]
    path: tuple[str, ...]
    shape: Shape
    ends: bool = False
    """Whether the network gives its value."""

    @property
    def written_shape(self) -> str:
        """The shape of its value: `224x224x64`."""
        return short(str(self.shape))

    @property
    def title(self) -> str:
        """What people call the layer: `conv7-64/2`."""
        return short(label(self.nodes[0].layer)) if self.nodes else "input"

    @property
    def settings(self) -> tuple[str, ...]:
        """What its title leaves out and a reader of a drawing wants to know."""
        layer = self.nodes[0].layer if self.nodes else None
        fields = ((name, getattr(layer, name, 1)) for name in ("groups", "dilation"))
        return tuple(f"{name} {_plain(value)}" for name, value in fields if value != 1)

    @property
    def extras(self) -> tuple[str, ...]:
        """The layers that work in place on its output."""
        found = tuple(label(node.layer) for node in self.nodes[1:])
        return found if len(found) <= _MOST else (*found[: _MOST - 1], f"{len(found) - _MOST + 1} more")

    @property
    def role(self) -> str:
        """The name of its fill."""
        return role(self.nodes[0].layer.family) if self.nodes else "input"

    @property
    def activated(self) -> bool:
        """Whether an activation works on its output."""
        return any(role(node.layer.family) == "activation" for node in self.nodes[1:])


def _plain(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def boxes(graph: Graph, *, across: bool = False) -> tuple[Box, ...]:
    """The boxes of a graph in topological order. In-place layers join the box before them, and identities vanish.

    With `across` they join it over the borders of blocks too.
    """
    through = _through(graph)
    readers = Counter(source for node in graph for source in _sources(node, through))
    readers.update(through[output.index] for output in graph.outputs)
    stacks: list[list[Node]] = [[]]
    place = {INPUT: 0}
    for node in graph:
        if node.kind == _NOTHING:
            continue
        source = through[node.inputs[0]]
        before = stacks[place[source]]
        joins = bool(before) and readers[source] == 1 and _in_place(node)
        if joins and (across or _path(before[0]) == _path(node)):
            place[node.index] = place[source]
            before.append(node)
        else:
            place[node.index] = len(stacks)
            stacks.append([node])
    ends = {place[through[output.index]] for output in graph.outputs}
    found = [Box(0, (), (), (), graph.input, 0 in ends)]
    for number, stack in enumerate(stacks[1:], start=1):
        sources = tuple(place[source] for source in _sources(stack[0], through))
        found.append(Box(number, tuple(stack), sources, _path(stack[0]), stack[-1].shape, number in ends))
    return tuple(found)


def _through(graph: Graph) -> dict[int, int]:
    """For each value the one that it is; that of an identity is its input's."""
    found = {INPUT: INPUT}
    for node in graph:
        found[node.index] = found[node.inputs[0]] if node.kind == _NOTHING else node.index
    return found


def _sources(node: Node, through: dict[int, int]) -> tuple[int, ...]:
    """The different values that a node reads; an identity reads nothing, as it is not drawn."""
    return () if node.kind == _NOTHING else tuple(dict.fromkeys(through[i] for i in node.inputs))


def _in_place(node: Node) -> bool:
    return not node.layer.own_values and len(node.inputs) == 1 and node.shape == node.input_shapes[0]


def _path(node: Node) -> tuple[str, ...]:
    """The blocks and branches that a node stands in."""
    return tuple(node.name.split("/")[:-1])


def is_chain(found: tuple[Box, ...]) -> bool:
    """Whether every box reads the one before it and nothing else."""
    return all(box.sources == (box.place - 1,) for box in found[1:])


def names(box: Box) -> str:
    """The names of a box's layers, for a tooltip."""
    found = ", ".join(node.name for node in box.nodes[: _MOST + 1])
    return short(found, 400) or "the network's input"
