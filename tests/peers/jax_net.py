"""A plain JAX executor of netspec's typed graph: initialize, apply, and a training step.

Written to be read and believed, not to be fast. Tests use it as an oracle: for shapes (`jax.eval_shape`), for
operations and memory (what XLA says of the compiled step), and for Jacobians. Trees are dicts of node names, then
of parameter names: `params` is trained, `state` holds running statistics and what is fixed.
"""

import re
from collections.abc import Callable
from typing import Any, Final, Literal

import jax
import jax.numpy as jnp
from jax import lax
from peers.jax_layers import LAYERS, Array, Weights

from netspec.graph.node import INPUT, Graph, Node

Tree = dict[str, Weights]
Optimizer = Literal["sgd", "momentum", "adam"]

LEARNING_RATE: Final = 1e-3


def init(graph: Graph, key: Array, dtype: Any = jnp.float32) -> tuple[Tree, Tree]:
    """Parameters, and the state: running statistics and whatever is not trained."""
    params: Tree = {}
    state: Tree = {}
    for node in graph:
        for place, parameter in enumerate(node.parameters):
            tree = params if parameter.trainable else state
            one = jax.random.fold_in(jax.random.fold_in(key, node.index), place)
            value = start(parameter.initializer, one, parameter.shape).astype(dtype)
            tree.setdefault(node.name, {})[parameter.name] = value
    return params, state


def start(initializer: str, key: Array, shape: tuple[int, ...]) -> Array:
    """Values at the start; `auto` is He's normal distribution over the fan-in."""
    if initializer in ("zeros", "ones"):
        return jnp.full(shape, float(initializer == "ones"))
    if found := re.fullmatch(r"constant\((.*)\)", initializer):
        return jnp.full(shape, float(found[1]))
    if initializer == "rademacher":
        return jax.random.rademacher(key, shape, float)
    fan_in = max(1, jnp.size(jnp.empty(shape, bool)) // shape[-1])
    return jax.random.normal(key, shape) * (2 / fan_in) ** 0.5


def apply(
    graph: Graph, params: Tree, state: Tree, x: Array, key: Array | None = None, *, train: bool = False
) -> tuple[dict[str, Array], Tree]:
    """The outputs by name, and the state afterwards (with `train` the new running statistics).

    `key` is needed where dropout is and `train` is set.
    """
    values, after = forward(graph, params, state, x, key, train=train)
    return {output.name: values[output.index] for output in graph.outputs}, after


def forward(
    graph: Graph, params: Tree, state: Tree, x: Array, key: Array | None, *, train: bool
) -> tuple[dict[int, Array], Tree]:
    """The value of every node by index, with the input under INPUT; and the state afterwards."""
    values, after = {INPUT: x}, dict(state)
    for node in graph:
        owner = node if node.shares is None else graph.nodes[node.shares]
        inputs = [values[i] for i in node.inputs]
        weights = params.get(owner.name, {}) | after.get(owner.name, {})
        if node.kind == "bn":
            values[node.index], statistics = batch_norm(node.layer, weights, inputs[0], train=train)
            after[owner.name] = statistics
        elif node.kind in ("dropout", "drop_path"):
            one = None if key is None else jax.random.fold_in(key, node.index)
            values[node.index] = dropped(node, inputs[0], one, train=train)
        else:
            values[node.index] = LAYERS[node.kind](node.layer, weights, *inputs)
    return values, after


def batch_norm(f: Any, p: Weights, x: Array, *, train: bool) -> tuple[Array, Weights]:
    """Normalized by the batch's or the running statistics, in float32; and the running ones afterwards."""
    wide = x.astype(jnp.float32)
    if train:
        axes = tuple(range(x.ndim - 1))
        mean = wide.mean(axes)
        variance = ((wide - mean) ** 2).mean(axes)
        new = {"mean": mean, "variance": variance}
        after = {n: f.momentum * p[n] + (1 - f.momentum) * new[n].astype(p[n].dtype) for n in new}
    else:
        after = {name: p[name] for name in ("mean", "variance")}
        mean, variance = (after[name].astype(jnp.float32) for name in ("mean", "variance"))
    y = (wide - mean) * lax.rsqrt(variance + f.eps)
    y = y * p["scale"].astype(y.dtype) if "scale" in p else y
    y = y + p["offset"].astype(y.dtype) if "offset" in p else y
    return y.astype(x.dtype), after


def dropped(node: Node, x: Array, key: Array | None, *, train: bool) -> Array:
    """Values, or with `drop_path` whole examples, set to zero with probability `rate`."""
    rate = node.layer.rate  # type: ignore[attr-defined]
    if not train or not rate:
        return x
    shape = x.shape if node.kind == "dropout" else (x.shape[0], *(1,) * (x.ndim - 1))
    return jnp.where(jax.random.bernoulli(key, 1 - rate, shape), x / (1 - rate), jnp.zeros((), x.dtype))


def cross_entropy(node: Node, y: Array, labels: Array) -> Array:
    """The mean over the batch, and over positions where the output is a map. A last softmax is not repeated."""
    y = y.astype(jnp.float32)
    over = getattr(node.layer, "over", "channels")
    if over == "positions":
        y = y.reshape(y.shape[0], -1, y.shape[-1]).swapaxes(1, 2)
    elif over == "all":
        y = y.reshape(y.shape[0], -1)
    log = jnp.log(y) if node.kind == "softmax" else jax.nn.log_softmax(y)
    return -jnp.take_along_axis(log, labels[..., None], -1).mean()


def labels_shape(node: Node) -> tuple[int, ...]:
    """The shape of one example's labels: one a position, or one an example or channel for other softmaxes."""
    over = getattr(node.layer, "over", "channels")
    sizes = node.shape.sizes
    return {"channels": sizes[:-1], "positions": sizes[-1:], "all": ()}[over]


def loss(graph: Graph, values: dict[int, Array], labels: dict[str, Array]) -> Array:
    """The weighted sum of the outputs' cross-entropies."""
    return sum(
        (
            output.loss_weight
            * cross_entropy(graph.nodes[output.index], values[output.index], labels[output.name])
            for output in graph.outputs
        ),
        jnp.zeros(()),
    )


def slots(params: Tree, optimizer: Optimizer) -> dict[str, Any]:
    """The optimizer's own arrays: none, one, or two a parameter and a count of steps."""

    def zeros() -> Tree:
        return jax.tree.map(jnp.zeros_like, params)

    match optimizer:
        case "sgd":
            return {}
        case "momentum":
            return {"velocity": zeros()}
        case "adam":
            return {"mean": zeros(), "square": zeros(), "steps": jnp.zeros((), jnp.int32)}


def update(
    params: Tree, gradients: Tree, old: dict[str, Any], optimizer: Optimizer
) -> tuple[Tree, dict[str, Any]]:
    """New parameters and slots: gradient descent, heavy-ball momentum 0.9, Adam (Kingma and Ba 2015)."""

    def descend(steps: Tree) -> Tree:
        return jax.tree.map(lambda w, step: w - jnp.asarray(LEARNING_RATE, w.dtype) * step, params, steps)

    def average(beta: float, running: Tree, new: Tree) -> Tree:
        return jax.tree.map(lambda m, g: beta * m + (1 - beta) * g, running, new)

    match optimizer:
        case "sgd":
            return descend(gradients), {}
        case "momentum":
            velocity = jax.tree.map(lambda v, g: 0.9 * v + g, old["velocity"], gradients)
            return descend(velocity), {"velocity": velocity}
        case "adam":
            t = old["steps"] + 1
            mean = average(0.9, old["mean"], gradients)
            square = average(0.999, old["square"], jax.tree.map(jnp.square, gradients))
            one, two = 1 - 0.9**t, 1 - 0.999**t
            steps = jax.tree.map(
                lambda m, v: (m / one / (jnp.sqrt(v / two) + 1e-8)).astype(m.dtype), mean, square
            )
            return descend(steps), {"mean": mean, "square": square, "steps": t}


def train_step(graph: Graph, optimizer: Optimizer) -> Callable[..., Any]:
    """`step(params, state, slots, x, labels, key) -> params, state, slots, loss`, jitted, the first three donated."""

    def step(
        params: Tree, state: Tree, old: dict[str, Any], x: Array, labels: dict[str, Array], key: Array
    ) -> tuple[Tree, Tree, dict[str, Any], Array]:
        def objective(weights: Tree) -> tuple[Array, Tree]:
            values, after = forward(graph, weights, state, x, key, train=True)
            return loss(graph, values, labels), after

        (value, after), gradients = jax.value_and_grad(objective, has_aux=True)(params)
        params, new = update(params, gradients, old, optimizer)
        return params, after, new, value

    return jax.jit(step, donate_argnums=(0, 1, 2))


def example(graph: Graph, batch: int, dtype: Any = jnp.float32) -> jax.ShapeDtypeStruct:
    """A batch of inputs as `jax.eval_shape` and `lower` take it; token ids are int32."""
    tokens = graph.input.tokens is not None
    return jax.ShapeDtypeStruct((batch, *graph.input.sizes), jnp.int32 if tokens else dtype)


def step_arguments(
    graph: Graph, batch: int, optimizer: Optimizer, dtype: Any = jnp.float32
) -> tuple[Any, ...]:
    """Everything that `train_step` takes, as shapes alone."""
    key = jax.eval_shape(lambda: jax.random.key(0))
    params, state = jax.eval_shape(lambda k: init(graph, k, dtype), key)
    old = jax.eval_shape(lambda p: slots(p, optimizer), params)
    labels = {
        output.name: jax.ShapeDtypeStruct((batch, *labels_shape(graph.nodes[output.index])), jnp.int32)
        for output in graph.outputs
    }
    return params, state, old, example(graph, batch, dtype), labels, key
