"""What XLA counts: the floating-point operations of a function's convolutions and matrix products.

XLA adds up its operations in 32-bit floats, and counts activations, biases and norms too. So a function is
traced, each of its contractions is lowered alone, and the counts are summed here, as integers.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

import jax
from jax.extend import core
from peers import jax_net
from peers.jax_layers import LAYERS

from netspec.graph.node import Graph, Node

CONTRACTIONS: Final = ("conv_general_dilated", "dot_general")


def representable(count: int) -> bool:
    """Whether a 32-bit float, in which XLA counts, can hold this number: 24 bits and a power of two."""
    return not count or count // (count & -count) < 2**24


def contractions(function: Callable[..., Any], *arguments: Any) -> list[int]:
    """The operations of each convolution and matrix product of a function, in order."""
    return [counted(eqn) for eqn in walk(jax.make_jaxpr(function)(*arguments).jaxpr)]


def walk(jaxpr: core.Jaxpr) -> Iterator[Any]:
    """The contractions of a traced function and of those that it calls."""
    for eqn in jaxpr.eqns:
        if eqn.primitive.name in CONTRACTIONS:
            yield eqn
        for inner in jax.tree.leaves(list(eqn.params.values()), is_leaf=is_jaxpr):
            if is_jaxpr(inner):
                yield from walk(getattr(inner, "jaxpr", inner))


def is_jaxpr(value: Any) -> bool:
    """Whether this is a traced function."""
    return isinstance(value, core.Jaxpr | core.ClosedJaxpr)


def counted(eqn: Any) -> int:
    """XLA's count for one contraction."""
    shapes = tuple(array(variable.aval.shape, variable.aval.dtype) for variable in eqn.invars)
    return lowered(eqn.primitive, tuple(eqn.params.items()), shapes)


@cache
def lowered(
    primitive: Any, params: tuple[tuple[str, Any], ...], shapes: tuple[jax.ShapeDtypeStruct, ...]
) -> int:
    """The operations of a primitive by itself, before XLA optimizes it."""
    alone = jax.jit(lambda *arrays: primitive.bind(*arrays, **dict(params)))
    operations = alone.lower(*shapes).cost_analysis()["flops"]
    assert operations == int(operations)
    return int(operations)


def of_node(node: Node) -> list[int]:
    """The contractions of a layer, for one example."""
    if node.kind not in LAYERS:  # batch norm and dropout have a state, and no contraction
        return []
    weights = {p.name: array(p.shape) for p in node.layer.parameters(node.input_shapes)}
    inputs = [array((1, *x.sizes), "int32" if x.tokens else "float32") for x in node.input_shapes]
    return contractions(lambda p, *xs: LAYERS[node.kind](node.layer, p, *xs), weights, *inputs)


def of_graph(graph: Graph) -> list[int]:
    """The contractions of a network with all its heads, for one example."""
    params, state, _, x, *_ = jax_net.step_arguments(graph, 1, "sgd")
    return contractions(lambda p, s, x: jax_net.apply(graph, p, s, x), params, state, x)


def array(shape: tuple[int, ...], dtype: str = "float32") -> jax.ShapeDtypeStruct:
    """An array without its numbers."""
    return jax.ShapeDtypeStruct(shape, dtype)
