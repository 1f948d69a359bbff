"""Max-pooling before the ReLU that the spec puts in front of it.

The largest of rectified values is the rectified largest value, exactly, and both orders send the gradient to the first of
the largest values, or nowhere where none is above 0. Behind the pooling the ReLU works on a smaller map.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from netspec.graph.node import INPUT, Graph, Node
from netspec.layers.activation import Relu
from netspec.layers.pooling import MaxPool
from netspec.ops.forms import Form, Lowerings, Operation
from netspec.ops.pooling_max import NARROW


@dataclass(frozen=True)
class PairCase:
    """The static facts of a ReLU and the pooling behind it."""

    channels: int
    backend: str


def _as_written(relu: Node, pool: Node) -> tuple[Node, Node]:
    return relu, pool


def _pool_first(relu: Node, pool: Node) -> tuple[Node, Node]:
    """Each takes the other's place, so that what is read outside keeps its index."""
    first = replace(relu, name=pool.name, layer=pool.layer, shape=pool.shape)
    return first, replace(pool, name=relu.name, layer=relu.layer, input_shapes=(pool.shape,))


RELU_POOL: Operation[PairCase] = Operation(
    "relu_pool",
    _as_written,
    (
        Form(
            "pool_first",
            _pool_first,
            fits=lambda case: True,
            wins=lambda case: case.backend == "cpu" and case.channels < NARROW,
            why="fewer than 24 channels: LeNet-5's step 1.09 times as fast; VGG-16's 0.95, others as before",
        ),
    ),
)


def pools_first(graph: Graph, wanted: Collection[int], lowerings: Lowerings) -> Graph:
    """The graph in the order that is computed; the `wanted` values and what other nodes read stay what they are."""
    nodes = list(graph.nodes)
    for pool in graph:
        source = pool.inputs[0]
        if source == INPUT or not isinstance(pool.layer, MaxPool):
            continue
        relu = graph.nodes[source]
        if isinstance(relu.layer, Relu) and source not in wanted and graph.consumers[source] == (pool.index,):
            choice = lowerings.at(relu.name).pick(RELU_POOL, PairCase(pool.shape.channels, lowerings.backend))
            nodes[source], nodes[pool.index] = choice.run(relu, pool)
    return replace(graph, nodes=tuple(nodes))
