"""The boxes of a drawing: each a layer with what works in place on its output; the first is the network's input."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from netspec.graph.node import INPUT, Graph, Node
from netspec.graph.show import label
from netspec.layers.base import Shape
from netspec.render.draw.palette import role
from netspec.render.text import count

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
    def title(self) -> str:
        """What people call the layer: `conv7-64/2`."""
        return label(self.nodes[0].layer) if self.nodes else "input"

    @property
    def settings(self) -> tuple[str, ...]:
        """What its title leaves out and a reader of a drawing wants to know."""
        layer = self.nodes[0].layer if self.nodes else None
        fields = ((name, getattr(layer, name, 1)) for name in ("groups", "dilation"))
        return tuple(f"{name} {_plain(value)}" for name, value in fields if value != 1)

    @property
    def extras(self) -> tuple[str, ...]:
        """The layers that work in place on its output."""
        return tuple(label(node.layer) for node in self.nodes[1:])

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
    stacks = _stacks(graph, across=across)
    place = {INPUT: 0}
    for number, stack in enumerate(stacks, start=1):
        place.update(dict.fromkeys((node.index for node in stack), number))
    through = _through(graph)
    ends = {place[through[output.index]] for output in graph.outputs}
    found = [Box(0, (), (), (), graph.input, 0 in ends)]
    for number, stack in enumerate(stacks, start=1):
        sources = tuple(dict.fromkeys(place[through[i]] for i in stack[0].inputs))
        found.append(Box(number, tuple(stack), sources, _path(stack[0]), stack[-1].shape, number in ends))
    return tuple(found)


def _stacks(graph: Graph, *, across: bool) -> list[list[Node]]:
    """The nodes of each box."""
    through, readers = _through(graph), _readers(graph)
    ends = {through[output.index] for output in graph.outputs}
    stacks: list[list[Node]] = []
    at: dict[int, list[Node]] = {}
    for node in graph:
        if node.kind == _NOTHING:
            continue
        source = through[node.inputs[0]]
        before = at.get(source)
        joins = (
            before is not None
            and not node.layer.own_values
            and len(node.inputs) == 1
            and node.shape == node.input_shapes[0]
            and readers[source] == 1
            and source not in ends
            and (across or _path(before[0]) == _path(node))
        )
        if not joins or before is None:
            before = []
            stacks.append(before)
        before.append(node)
        at[node.index] = before
    return stacks


_NOTHING: Final = "identity"


def _through(graph: Graph) -> dict[int, int]:
    """For each value the one that it is; that of an identity is its input's."""
    found = {INPUT: INPUT}
    for node in graph:
        found[node.index] = found[node.inputs[0]] if node.kind == _NOTHING else node.index
    return found


def _readers(graph: Graph) -> dict[int, int]:
    """How many layers read each value, through identities."""
    through = _through(graph)
    found = dict.fromkeys(through.values(), 0)
    for node in graph:
        if node.kind != _NOTHING:
            for source in {through[i] for i in node.inputs}:
                found[source] += 1
    return found


def _path(node: Node) -> tuple[str, ...]:
    """The blocks and branches that a node stands in."""
    return tuple(node.name.split("/")[:-1])


def is_chain(found: tuple[Box, ...]) -> bool:
    """Whether every box reads the one before it and nothing else."""
    return all(box.sources == (box.place - 1,) for box in found[1:])


def names(box: Box) -> str:
    """The names of a box's layers, for a tooltip."""
    return ", ".join(_names(box)) or "the network's input"


def _names(box: Box) -> Iterator[str]:
    yield from (node.name for node in box.nodes[:4])
    if len(box.nodes) > 4:
        yield count(len(box.nodes) - 4, "more layer")
