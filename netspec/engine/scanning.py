"""Equal blocks that follow one another, compiled once and scanned over.

Names and values seen from outside are those of the unrolled network: arrays are stacked before and taken apart after.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from netspec.analysis.folding import stretches
from netspec.engine.execute import Setting, Values, run_nodes
from netspec.engine.initialize import Tree
from netspec.graph.node import Graph, Node


@dataclass(frozen=True)
class Loop:
    """`times` equal bodies of nodes, each of which reads from outside only the last value of the one before."""

    bodies: tuple[tuple[Node, ...], ...]

    @property
    def entry(self) -> int:
        """The value that the first body reads."""
        return self.bodies[0][0].index - 1

    @property
    def exit(self) -> int:
        """The value that the last body gives."""
        return self.bodies[-1][-1].index


def loops(graph: Graph, wanted: Collection[int]) -> Iterator[Loop]:
    """The repeats of a graph that one scan can run, from its beginning on."""
    for stretch in stretches(graph, [True] * len(graph), worth=2):
        bodies = tuple(
            graph.nodes[start : start + stretch.length]
            for start in range(stretch.start, stretch.stop, stretch.length)
        )
        loop = Loop(bodies)
        if _is_loop(graph, loop, wanted):
            yield loop


def _is_loop(graph: Graph, loop: Loop, wanted: Collection[int]) -> bool:
    inside = {node.index for body in loop.bodies for node in body}
    if graph.shape_of(loop.entry) != graph.shape_of(loop.exit):
        return False
    for body in loop.bodies:
        start, stop = body[0].index, body[-1].index + 1
        read = {i for node in body for i in node.inputs if not start <= i < stop}
        left = {
            i for i in range(start, stop - 1) if i in wanted or any(c >= stop for c in graph.consumers[i])
        }
        shared = any(node.shares is not None or node.layer.random for node in body)
        if read != {start - 1} or left or shared:
            return False
    between = {body[-1].index for body in loop.bodies[:-1]}
    return not any(i in wanted or any(c not in inside for c in graph.consumers[i]) for i in between)


def scanned(
    graph: Graph, loop: Loop, params: Tree, state: Tree, values: Values, setting: Setting, *, again: bool
) -> Tree:
    """Run a loop; the result is the state afterwards. With `again` the backward pass computes each body again."""
    first = loop.bodies[0]

    def body(carried: jax.Array, own: tuple[Tree, Tree]) -> tuple[jax.Array, Tree]:
        inner = {loop.entry: carried}
        after = run_nodes(graph, first, *own, inner, setting)
        return inner[first[-1].index], after

    stacked = _stacked(loop, params), _stacked(loop, state)
    # The passes are loops of their own, so that the compiler cannot take one's values for the other's.
    run = jax.checkpoint(body, prevent_cse=False) if again else body
    values[loop.exit], after = jax.lax.scan(run, values[loop.entry], stacked)
    return {**state, **_unstacked(loop, after)}


def _stacked(loop: Loop, tree: Tree) -> Tree:
    """The arrays of all bodies under the names of the first."""
    return {
        nodes[0].name: {
            name: jnp.stack([tree[node.name][name] for node in nodes]) for name in tree[nodes[0].name]
        }
        for nodes in zip(*loop.bodies, strict=True)
        if nodes[0].name in tree
    }


def _unstacked(loop: Loop, tree: Tree) -> Tree:
    return {
        node.name: {name: value[i] for name, value in tree[nodes[0].name].items()}
        for nodes in zip(*loop.bodies, strict=True)
        for i, node in enumerate(nodes)
        if nodes[0].name in tree
    }
