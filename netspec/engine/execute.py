"""Running a graph: every node's layer in order, on a batch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import jax

from netspec.engine.initialize import Tree
from netspec.engine.naming import key_of
from netspec.engine.precision import Precision
from netspec.graph.node import INPUT, Graph, Node
from netspec.layers.base import Layer
from netspec.ops.forms import Lowerings
from netspec.ops.run import Run, Tracked, Weights

Array = jax.Array
Values = dict[int, Array]
"""The value of each node by its index; the network's input under INPUT."""


@dataclass(frozen=True)
class Setting:
    """How a whole network is run."""

    precision: Precision
    lowerings: Lowerings = field(default_factory=Lowerings)
    train: bool = False
    key: Array | None = None
    probes: Mapping[str, Array] = field(default_factory=dict)
    """Added to the values of nodes by name: gradients to them are gradients to the values."""

    def with_key(self, key: Array | None) -> "Setting":
        """The same with another random key."""
        return replace(self, key=key)


def run_nodes(
    graph: Graph, nodes: Iterable[Node], params: Tree, state: Tree, values: Values, setting: Setting
) -> Tree:
    """Put the values of `nodes` into `values`; the result is the state afterwards."""
    after = dict(state)
    for node in nodes:
        owner = graph.nodes[node.shares] if node.shares is not None else node
        inputs = [values[i] for i in node.inputs]
        weights = weights_of(owner, params, after, setting.precision)
        with jax.named_scope(node.name):
            result = _forward(node, setting, weights, inputs)
        if isinstance(result, Tracked):
            after[owner.name] = {**after[owner.name], **result.statistics}
            result = result.value
        values[node.index] = result + setting.probes[node.name] if node.name in setting.probes else result
    return after


def _forward(node: Node, setting: Setting, weights: Weights, inputs: list[Array]) -> Array | Tracked:
    own = key_of(setting.key, node.name) if setting.key is not None and node.layer.random else None
    lowerings = setting.lowerings.at(node.name)
    return _run_layer(node.layer, setting.train, lowerings, own, weights, inputs)


@partial(jax.jit, static_argnums=(0, 1, 2))
def _run_layer(
    layer: Layer,
    train: bool,  # noqa: FBT001
    lowerings: Lowerings,
    key: Array | None,
    weights: Weights,
    inputs: list[Array],
) -> Array | Tracked:
    """Equal layers on equal shapes are traced, differentiated and lowered once: of a ResNet-152's 514 layers, 54."""
    return layer.forward(Run(train, key, lowerings), weights, *inputs)


def weights_of(owner: Node, params: Tree, state: Tree, precision: Precision) -> dict[str, Array]:
    """A layer's arrays by name: trained ones in the type that layers compute in, unless it computes in full precision."""
    trained = params.get(owner.name, {})
    if not owner.layer.full_precision:
        trained = {name: value.astype(precision.compute) for name, value in trained.items()}
    return trained | state.get(owner.name, {})


def needed(graph: Graph, wanted: Iterable[int]) -> tuple[Node, ...]:
    """The nodes that some values depend on, in order: a head that nobody asks for is not computed."""
    reached: set[int] = set()
    waiting = [index for index in wanted if index != INPUT]
    while waiting:
        index = waiting.pop()
        if index not in reached:
            reached.add(index)
            waiting += [i for i in graph.nodes[index].inputs if i != INPUT]
    return tuple(graph.nodes[index] for index in sorted(reached))
