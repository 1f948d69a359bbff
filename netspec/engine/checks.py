"""What a compiled network refuses: inputs and parameters of other shapes or types than its spec's."""

from collections.abc import Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from netspec.diagnostics import Refused
from netspec.engine.initialize import Tree, owned
from netspec.engine.precision import Precision
from netspec.graph.node import INPUT, Graph, Node
from netspec.layers.base import Shape, dims

Array = jax.Array


class MismatchError(ValueError):
    """Arrays that do not fit the network; the message names both sides."""


def check_input(graph: Graph, nodes: Iterable[Node], x: Array, precision: Precision) -> None:
    """Raises MismatchError for another rank, number of channels, size or type than the network's.

    Another spatial size is accepted where the arithmetic of `nodes`, those that are computed, allows it and no
    parameter changes its shape.
    """
    if not hasattr(x, "shape"):
        raise MismatchError(f"{_wants(graph)} as one array, and got a {type(x).__name__}")
    wanted, found = graph.input, tuple(x.shape[1:])
    if len(found) != len(wanted.sizes) or (wanted.tokens is None and found[-1] != wanted.channels):
        hint = ": the batch comes first" if x.shape == wanted.sizes else ""
        raise MismatchError(f"{_wants(graph)}, and got an array of {_found(x)}{hint}")
    if x.shape[0] == 0:
        raise MismatchError(f"{_wants(graph)}, and got an empty one, {_found(x)}")
    _check_type(graph, x, precision)
    if found != wanted.sizes:
        _check_sizes(graph, nodes, Shape(found, wanted.tokens), x)


def _check_type(graph: Graph, x: Array, precision: Precision) -> None:
    if graph.input.tokens is not None:
        if not jnp.issubdtype(x.dtype, jnp.integer):
            raise MismatchError(f"{_wants(graph)} as integers, and got {x.dtype.name}: {_found(x)}")
    elif x.dtype.name not in (precision.params, precision.compute):
        cure = " Scale pixels to small numbers first." if jnp.issubdtype(x.dtype, jnp.integer) else ""
        raise MismatchError(
            f"{_wants(graph)} in {precision.params} (precision {precision.name}), "
            f"and got {x.dtype.name}: {_found(x)}.{cure}"
        )


def _check_sizes(graph: Graph, nodes: Iterable[Node], size: Shape, x: Array) -> None:
    shapes = {INPUT: size}
    for node in nodes:
        inputs = tuple(shapes[i] for i in node.inputs)
        try:
            shapes[node.index] = node.layer.infer(inputs)
        except Refused as refused:
            why = f"{node.name} cannot take it: {refused.fault.message}"
            raise MismatchError(f"{_wants(graph)}, and got {_found(x)}; {why}") from None
        _check_parameters(graph, node, inputs, x)


def _check_parameters(graph: Graph, node: Node, inputs: tuple[Shape, ...], x: Array) -> None:
    owner = graph.nodes[node.shares] if node.shares is not None else node
    for now, then in zip(node.layer.parameters(inputs), owner.parameters, strict=True):
        if now.shape != then.shape:
            raise MismatchError(
                f"{_wants(graph)}, and got {_found(x)}; {node.name}/{now.name} would have to be "
                f"{dims(now.shape)}, and is {dims(then.shape)}"
            )


def check_trees(graph: Graph, params: Tree, state: Tree) -> None:
    """Raises MismatchError where an array is missing, is not the network's, or has another shape."""
    for faults in (differences(graph, params, trained=True), differences(graph, state, trained=False)):
        if faults:
            more = f" (and {len(faults) - 5} more)" if len(faults) > 5 else ""
            raise MismatchError(f"the arrays are not this network's: {'; '.join(faults[:5])}{more}")


def differences(graph: Graph, tree: Mapping[str, Mapping[str, Any]], *, trained: bool) -> list[str]:
    """What distinguishes a tree's names and shapes from the network's, each in words."""
    what = "params" if trained else "state"
    if not isinstance(tree, Mapping) or not all(isinstance(own, Mapping) for own in tree.values()):
        raise MismatchError(f"{what} is to be {{layer: {{name: array}}}}, and is another tree")
    wanted = {(n.name, p.name): p.shape for n, p in owned(graph) if p.trainable is trained}
    found = {(node, name): tuple(value.shape) for node, own in tree.items() for name, value in own.items()}
    lacks = [f"{what} lacks {'/'.join(path)} {dims(wanted[path])}" for path in wanted if path not in found]
    other = [
        f"{'/'.join(path)} is {dims(found[path])} and should be {dims(wanted[path])}"
        for path in wanted
        if path in found and found[path] != wanted[path]
    ]
    beyond = [
        f"{what} has {'/'.join(path)}, which the network has not" for path in found if path not in wanted
    ]
    return lacks + other + beyond


def _wants(graph: Graph) -> str:
    return f"the network takes a batch of {graph.input}"


def _found(x: Array) -> str:
    return "x".join(map(str, x.shape)) or "a scalar"
