"""The typed graph: flat, immutable, in topological order. Every later room reads this and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from netspec.diagnostics import Span
from netspec.layers.base import Layer, Parameter, Shape

INPUT = -1
"""The index that stands for the network's input among a node's `inputs`."""


@dataclass(frozen=True, slots=True)
class Node:
    """One use of a layer.

    `inputs` are indices of earlier nodes (`INPUT` for the network's input), `input_shapes` their shapes.
    `shares` is the index of the node whose parameters this one reuses; its own `parameters` are then empty.
    `tag` is the tag written in the spec, if any; `name` is unique and stable.
    """

    index: int
    name: str
    layer: Layer
    inputs: tuple[int, ...]
    input_shapes: tuple[Shape, ...]
    shape: Shape
    parameters: tuple[Parameter, ...] = ()
    shares: int | None = None
    tag: str | None = field(default=None, compare=False)
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def kind(self) -> str:
        """The layer's name in the language: `conv`."""
        return self.layer.name


@dataclass(frozen=True, slots=True)
class Output:
    """A value that the network gives: the end of the main chain (`output`) or a head's.

    Its own chain goes on from `origin` and consists of the nodes `start` up to, not including, `stop`.
    """

    name: str
    index: int
    loss_weight: float = 1.0
    origin: int = INPUT
    start: int = 0
    stop: int = 0


@dataclass(frozen=True)
class Graph:
    """A checked network. `outputs[0]` is the end of the main chain; heads follow."""

    input: Shape
    nodes: tuple[Node, ...]
    outputs: tuple[Output, ...]

    @cached_property
    def by_name(self) -> dict[str, Node]:
        """Every node by its name."""
        return {node.name: node for node in self.nodes}

    @cached_property
    def consumers(self) -> tuple[tuple[int, ...], ...]:
        """For each node the indices of the nodes that read it."""
        readers: list[list[int]] = [[] for _ in self.nodes]
        for node in self.nodes:
            for source in dict.fromkeys(node.inputs):
                if source != INPUT:
                    readers[source].append(node.index)
        return tuple(map(tuple, readers))

    def shape_of(self, index: int) -> Shape:
        """The shape of a node's value, or of the input for `INPUT`."""
        return self.input if index == INPUT else self.nodes[index].shape

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)
