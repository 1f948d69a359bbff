"""A whole network as one function, its stretches kept, rematerialized or scanned as planned."""

from collections.abc import Sequence
from dataclasses import dataclass

import jax

from netspec.engine.execute import Setting, Values, needed, run_nodes
from netspec.engine.initialize import Tree
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
    for part in _parts(graph, wanted, plan):
        if isinstance(part, Loop):
            state = scanned(graph, part, params, state, values, setting)
        elif part.name in plan.remat:
            state = rematerialized(graph, part, wanted, params, state, values, setting)
        else:
            state = run_nodes(graph, part.nodes, params, state, values, setting)
    return values, state


def _parts(graph: Graph, wanted: Sequence[int], plan: Plan) -> list[Segment | Loop]:
    nodes = needed(graph, wanted)
    parts: list[Segment | Loop] = []
    place = 0
    for loop in loops(graph, wanted) if plan.scan else ():
        start = next((i for i, node in enumerate(nodes) if node is loop.bodies[0][0]), None)
        if start is not None:
            parts += _segments(nodes[place:start])
            parts.append(loop)
            place = start + sum(map(len, loop.bodies))
    return [*parts, *_segments(nodes[place:])]


def _segments(nodes: tuple[Node, ...]) -> list[Segment]:
    return list(segments(nodes))
