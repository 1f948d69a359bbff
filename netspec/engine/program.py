"""A whole network as one function, its stretches kept, rematerialized or scanned as planned."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import jax

from netspec.engine.execute import Setting, Values, needed, run_nodes
from netspec.engine.initialize import Tree
from netspec.engine.pool_first import pools_first
from netspec.engine.scanning import Loop, loops, scanned
from netspec.engine.segments import Segment, rematerialized, segments
from netspec.graph.node import INPUT, Graph, Node

Array = jax.Array


@dataclass(frozen=True)
class Plan:
    """What is done to the stretches of a network besides running them."""

    remat: frozenset[str] = frozenset()
    """Segments whose inner values the backward pass computes again."""
    scan: bool = False
    """Equal blocks that follow one another are compiled once."""


def run_graph(
    graph: Graph, wanted: Sequence[int], params: Tree, state: Tree, x: Array, setting: Setting, plan: Plan
) -> tuple[Values, Tree]:
    """The values of the `wanted` nodes among others, and the state afterwards."""
    values: Values = {INPUT: x.astype(setting.precision.compute) if graph.input.tokens is None else x}
    names = {node.index: segment.name for segment in segments(graph.nodes) for node in segment.nodes}
    graph = pools_first(graph, wanted, setting.lowerings)
    for part in _parts(graph, wanted, names, scan=plan.scan):
        if isinstance(part, Loop):
            again = any(names[node.index] in plan.remat for body in part.bodies for node in body)
            state = scanned(graph, part, params, state, values, setting, again=again)
        elif part.name in plan.remat:
            state = rematerialized(graph, part, wanted, params, state, values, setting)
        else:
            state = run_nodes(graph, part.nodes, params, state, values, setting)
    return values, state


def _parts(
    graph: Graph, wanted: Sequence[int], names: Mapping[int, str], *, scan: bool
) -> Iterator[Segment | Loop]:
    """What is needed, in order; segments are those of the whole network, as far as they are needed."""
    nodes = needed(graph, wanted)
    reached = {node.index for node in nodes}
    for loop in loops(graph, wanted) if scan else ():
        if loop.exit in reached:
            yield from _segments([node for node in nodes if node.index <= loop.entry], names)
            yield loop
            nodes = tuple(node for node in nodes if node.index > loop.exit)
    yield from _segments(nodes, names)


def _segments(nodes: Iterable[Node], names: Mapping[int, str]) -> Iterator[Segment]:
    return (Segment(name, tuple(group)) for name, group in groupby(nodes, key=lambda node: names[node.index]))
