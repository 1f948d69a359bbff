"""Parameters before training: drawn from schemes, each from a key of its own name."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from math import prod, sqrt
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
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


_SIZES: Final = (2**14, 2**17, 2**20)
"""So many numbers are drawn at a time: a network has many shapes, and each size is a program, which takes 0.4 s to
compile. Of fewer numbers the first ones count, which are the same in each size."""


def _draw(key: Array, how: Scheme, shape: tuple[int, ...]) -> Array:
    """In float32, whatever the precision: a network begins with the same values in each."""
    match how.kind:
        case "constant":
            return jnp.asarray(np.full(shape, how.size, np.float32))
        case "orthogonal":
            full = (1,) * (2 - len(shape)) + shape
            return how.size * orthogonal()(key, full, jnp.float32).reshape(shape)
        case kind:
            return _cut(_parts(key, kind, prod(shape), how.size, how.mean), shape)


def _parts(key: Array, kind: str, count: int, size: float, mean: float) -> list[Array]:
    """At least `count` numbers."""
    most = next((most for most in _SIZES if count <= most), _SIZES[-1])
    keys = [key] if count <= most else [jax.random.fold_in(key, part) for part in range(-(-count // most))]
    return [_numbers(own, size, mean, kind, most) for own in keys]


def _cut(parts: list[Array], shape: tuple[int, ...]) -> Array:
    # Each shape would be a program of its own; numpy needs none, and where jax is tracing there is one program anyway.
    numpy = not isinstance(parts[0], jax.core.Tracer)
    whole = (np if numpy else jnp).concatenate(parts)
    return jnp.asarray(whole[: prod(shape)].reshape(shape))


@partial(jax.jit, static_argnums=(3, 4))
def _numbers(key: Array, size: float, mean: float, kind: str, count: int) -> Array:
    # Within a larger program XLA would draw `size` into the distribution's own factors, which rounds differently.
    numbers = jax.lax.optimization_barrier(_DISTRIBUTIONS[kind](key, (count,)))
    return mean + size * numbers


_DISTRIBUTIONS: Final[dict[str, Callable[[Array, tuple[int, ...]], Array]]] = {
    "normal": lambda key, shape: jax.random.normal(key, shape, jnp.float32),
    "uniform": lambda key, shape: jax.random.uniform(key, shape, jnp.float32, -1, 1),
    "rademacher": lambda key, shape: jax.random.rademacher(key, shape, jnp.float32),
}


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
