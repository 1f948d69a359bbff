"""Parameters before training: drawn from schemes, each from a key of its own name."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from math import prod, sqrt
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
from jax.nn.initializers import orthogonal

from netspec.engine.naming import key_of
from netspec.engine.precision import Precision
from netspec.graph.node import Graph, Node
from netspec.language.recipes.initializers import Auto, Initializer
from netspec.layers.base import Parameter

Array = jax.Array
Tree = dict[str, dict[str, Array]]
"""Arrays by layer name and parameter name."""


class Scheme(NamedTuple):
    """What is drawn: `normal`, `uniform`, `constant`, `orthogonal` or `rademacher`."""

    kind: str
    size: float
    """A standard deviation, a limit, a value or a factor."""
    mean: float = 0.0
    """Of `normal`."""


def initialize(graph: Graph, initializer: Initializer, precision: Precision, key: Array) -> tuple[Tree, Tree]:
    """The trained parameters, and the state: running statistics and arrays that are not trained."""
    params: Tree = {}
    state: Tree = {}
    for node, parameter in owned(graph):
        tree, dtype = (params, precision.params) if parameter.trainable else (state, precision.statistics)
        own = key_of(key, node.name, parameter.name)
        value = _draw(own, scheme(graph, node, parameter, initializer), parameter.shape)
        tree.setdefault(node.name, {})[parameter.name] = value.astype(dtype)
    return params, state


def owned(graph: Graph) -> Iterator[tuple[Node, Parameter]]:
    """Every array of a network with the node that owns it."""
    return ((node, parameter) for node in graph for parameter in node.parameters)


def scheme(graph: Graph, node: Node, parameter: Parameter, initializer: Initializer) -> Scheme:
    """How one array is drawn: as its layer says, or where that says `auto`, as the spec's `initialization` does."""
    own = parameter.initializer
    if own == "auto":
        return _by_recipe(initializer, parameter, rectified=feeds_rectifier(graph, node))
    if own == "rademacher":
        return Scheme(own, 1.0)
    if own in ("zeros", "ones"):
        return Scheme("constant", float(own == "ones"))
    found = re.fullmatch(r"constant\((.*)\)", own)
    if not found:
        raise ValueError(f"{node.name}: no initializer is called {own}")
    return Scheme("constant", float(found[1]))


def _by_recipe(recipe: Initializer, parameter: Parameter, *, rectified: bool) -> Scheme:
    if isinstance(recipe, Auto):
        inputs, outputs = parameter.fans
        return Scheme("normal", sqrt(2 / inputs) if rectified else sqrt(2 / (inputs + outputs)))
    return _SCHEMES[recipe.name](recipe, *parameter.fans)


def _fan(recipe: Any, inputs: float, outputs: float) -> float:
    return inputs if recipe.fan == "in" else outputs


_SCHEMES: Final[dict[str, Callable[[Any, float, float], Scheme]]] = {
    "he_normal": lambda r, i, o: Scheme("normal", sqrt(2 / _fan(r, i, o))),
    "he_uniform": lambda r, i, o: Scheme("uniform", sqrt(6 / _fan(r, i, o))),
    "xavier_normal": lambda r, i, o: Scheme("normal", sqrt(2 / (i + o))),
    "xavier_uniform": lambda r, i, o: Scheme("uniform", sqrt(6 / (i + o))),
    "lecun_normal": lambda r, i, o: Scheme("normal", sqrt(1 / i)),
    "lecun_uniform": lambda r, i, o: Scheme("uniform", sqrt(3 / i)),
    "orthogonal": lambda r, i, o: Scheme("orthogonal", r.gain),
    "normal": lambda r, i, o: Scheme("normal", r.std, r.mean),
    "uniform": lambda r, i, o: Scheme("uniform", r.limit),
    "constant": lambda r, i, o: Scheme("constant", r.value),
    "zeros": lambda r, i, o: Scheme("constant", 0.0),
}
"""The schemes of `netspec.language.recipes.initializers`, whose documentation has their sources."""


_MANY: Final = 2**20
"""Up to so many numbers a power of two of them is drawn: a network has many shapes, and each size is a program, which
takes 0.4 s to compile."""


def _draw(key: Array, how: Scheme, shape: tuple[int, ...]) -> Array:
    """In float32, whatever the precision: a network begins with the same values in each."""
    match how.kind:
        case "constant":
            return jnp.full(shape, how.size, jnp.float32)
        case "orthogonal":
            full = (1,) * (2 - len(shape)) + shape
            return how.size * orthogonal()(key, full, jnp.float32).reshape(shape)
        case kind:
            count = prod(shape)
            most = count if count > _MANY else 1 << (count - 1).bit_length()
            return _scaled(_numbers(key, kind, most), how.size, how.mean, shape)


@partial(jax.jit, static_argnums=(1, 2))
def _numbers(key: Array, kind: str, count: int) -> Array:
    match kind:
        case "normal":
            return jax.random.normal(key, (count,), jnp.float32)
        case "uniform":
            return jax.random.uniform(key, (count,), jnp.float32, -1, 1)
        case _:
            return jax.random.rademacher(key, (count,), jnp.float32)


@partial(jax.jit, static_argnums=3)
def _scaled(numbers: Array, size: float, mean: float, shape: tuple[int, ...]) -> Array:
    factor, summand = jnp.float32(size), jnp.float32(mean)
    return summand + factor * numbers[: prod(shape)].reshape(shape)


def feeds_rectifier(graph: Graph, node: Node) -> bool:
    """Whether the first activation behind a node is a rectifier, or one shaped like it; norms and sums lie between."""
    place = node.index
    while graph.consumers[place]:
        place = graph.consumers[place][0]
        layer = graph.nodes[place].layer
        if layer.family == "activation":
            return layer.rectifies
        if any(parameter.initializer == "auto" for parameter in graph.nodes[place].parameters):
            return False
    return False
