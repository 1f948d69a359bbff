"""Stretches of a graph that are run as one function: rematerialized, or scanned over."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby

import jax

from netspec.engine.execute import Setting, Values, run_nodes
from netspec.engine.initialize import Tree
from netspec.engine.recompute import recomputed
from netspec.graph.node import Graph, Node

Array = jax.Array


@dataclass(frozen=True)
class Segment:
    """Nodes that follow one another; `name` is the block they are, or the first and the last of them."""

    name: str
    nodes: tuple[Node, ...]

    def reads(self) -> tuple[int, ...]:
        """The values from outside that it needs."""
        inside = {node.index for node in self.nodes}
        return tuple(dict.fromkeys(i for node in self.nodes for i in node.inputs if i not in inside))

    def gives(self, graph: Graph, wanted: Collection[int]) -> tuple[int, ...]:
        """Its values that are needed outside."""
        inside = {node.index for node in self.nodes}
        return tuple(
            i for i in sorted(inside) if i in wanted or any(c not in inside for c in graph.consumers[i])
        )


def segments(nodes: tuple[Node, ...]) -> Iterator[Segment]:
    """The blocks of a network and what lies between them; a chain without blocks is cut after its poolings.

    A block is the outermost one that has layers of its own: a bottleneck with its shortcut, not the stage around it.
    """
    own = {node.name.rpartition("/")[0] for node in nodes} - {""}
    for (block, _), group in groupby(nodes, key=_Part(own)):
        members = tuple(group)
        yield Segment(block or _range(members), members)


class _Part:
    """Tells for each node in turn which segment it stands in."""

    def __init__(self, own: Collection[str]) -> None:
        self._own = own
        self._pools = 0

    def __call__(self, node: Node) -> tuple[str, int]:
        block = next((path for path in _around(node.name) if path in self._own), "")
        place = (block, 0 if block else self._pools)
        if not block and node.layer.family in ("pooling", "global_pooling"):
            self._pools += 1
        return place


def _around(name: str) -> Iterator[str]:
    """The blocks around a layer, the outermost first."""
    path = name.split("/")
    return ("/".join(path[:depth]) for depth in range(1, len(path)))


def _range(nodes: tuple[Node, ...]) -> str:
    return nodes[0].name if len(nodes) == 1 else f"{nodes[0].name}..{nodes[-1].name}"


def rematerialized(
    graph: Graph,
    segment: Segment,
    wanted: Collection[int],
    params: Tree,
    state: Tree,
    values: Values,
    setting: Setting,
) -> Tree:
    """Run a segment so that the backward pass computes its inner values again instead of keeping them.

    Source: Chen et al. 2016, Training Deep Nets with Sublinear Memory Cost, arXiv:1604.06174, section 3.
    """
    owners = {(graph.nodes[n.shares] if n.shares is not None else n).name for n in segment.nodes}
    gives = segment.gives(graph, wanted)

    def run(own: Tree, before: Tree, inputs: Values, key: Array | None) -> tuple[Values, Tree]:
        inner = dict(inputs)
        after = run_nodes(graph, segment.nodes, own, before, inner, setting.with_key(key))
        return {i: inner[i] for i in gives}, after

    own, before = ({n: tree[n] for n in owners if n in tree} for tree in (params, state))
    again = recomputed(run) if setting.lowerings.backend == "cpu" else jax.checkpoint(run)
    found, after = again(own, before, {i: values[i] for i in segment.reads()}, setting.key)
    values.update(found)
    return {**state, **after}
