"""Optimizers, from optax: what a step makes of gradients. The formulas are in the recipes' documentation."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import jax
import jax.numpy as jnp
import optax

from netspec.engine.initialize import Tree, owned
from netspec.graph.node import Graph
from netspec.language.recipes.base import Decayed
from netspec.language.recipes.optimizers import Optimizer
from netspec.language.train_section import Train
from netspec.training.schedules import factor

Array = jax.Array
Rate = Callable[[Array], Array]


def transformation(
    train: Train, graph: Graph, steps: int, steps_per_epoch: int
) -> optax.GradientTransformation:
    """What turns the loss's gradients into changes of the parameters.

    In this order: the gradient of the whole network is scaled down to `clip`, the gradients of the penalties are added
    to it, and the optimizer takes a step, at the rate that the schedule gives. The penalties are neither clipped nor
    part of the loss that is reported. Decoupled decay (adamw, lamb, lion) is part of the optimizer.

    Args:
        train: Optimizer, schedule, clip and regularization.
        graph: Says which parameters are weights; gradients and parameters are `{node's name: {parameter's name: array}}`.
        steps: Length of the run.
        steps_per_epoch: For schedules that are given in epochs.

    Returns:
        Its state and its updates have the parameters' types; counters are int32.
    """
    parts = [] if train.clip is None else [optax.clip_by_global_norm(train.clip)]
    if train.regularization:
        parts.append(_pull_of(penalty(train, graph)))
    return optax.chain(*parts, _optimizer(train.optimizer, graph, rate(train, steps, steps_per_epoch)))


def rate(train: Train, steps: int, steps_per_epoch: int) -> Rate:
    """The optimizer's rate at each step: int32 steps done before, to float32."""
    full = train.optimizer.given()["rate"]
    turned = factor(train.schedule, steps, steps_per_epoch)
    return lambda step: full * turned(step)


def penalty(train: Train, graph: Graph) -> Callable[[Tree], Array]:
    """The sum of the regularization's penalties as a function of the parameters: a scalar, float32 at least."""
    terms = [
        (_PENALTIES[recipe.name], recipe.given()["strength"], layer, name)
        for recipe in train.regularization
        for layer, names in decayed(graph, recipe.given()["decayed"]).items()
        for name, touched in names.items()
        if touched
    ]

    def value(params: Tree) -> Array:
        total = jnp.zeros((), jnp.float32)
        for cost, strength, layer, name in terms:
            w = params[layer][name]
            total = total + strength * cost(w.astype(jnp.promote_types(w.dtype, jnp.float32)))
        return total

    return value


def decayed(graph: Graph, which: Decayed) -> dict[str, dict[str, bool]]:
    """Whether a penalty or a decay touches each trained parameter, by layer and name.

    `weights` are what `initialization` draws: kernels, matrices and embeddings. Biases, the parameters of norms, and
    factors that begin at a value of their own, such as the slopes of prelu (He et al. 2015, arXiv:1502.01852, section
    2.1, advises against their decay), are left alone.
    """
    mask: dict[str, dict[str, bool]] = {}
    for node, parameter in owned(graph):
        if parameter.trainable:
            touched = which == "all" or (parameter.role == "weight" and parameter.initializer == "auto")
            mask.setdefault(node.name, {})[parameter.name] = touched
    return mask


_PENALTIES: Final[dict[str, Callable[[Array], Array]]] = {
    "l1": lambda w: jnp.abs(w).sum(),
    "l2": lambda w: (w * w).sum() / 2,
}
"""The penalties of `netspec.language.recipes.regularizers`, for strength 1."""


def _pull_of(cost: Callable[[Tree], Array]) -> optax.GradientTransformation:
    """Adds the gradient of a cost of the parameters."""
    return optax.stateless(lambda updates, params: jax.tree.map(jnp.add, updates, jax.grad(cost)(params)))


def _optimizer(recipe: Optimizer, graph: Graph, turned: Rate) -> optax.GradientTransformation:
    fields: dict[str, Any] = recipe.given() | {"learning_rate": turned}
    del fields["rate"]
    if "decayed" in fields:
        fields["mask"] = decayed(graph, fields.pop("decayed"))
    return _OPTIMIZERS[recipe.name](**fields)


_OPTIMIZERS: Final[dict[str, Callable[..., optax.GradientTransformation]]] = {
    "sgd": optax.sgd,
    "momentum": optax.sgd,
    "nesterov": partial(optax.sgd, nesterov=True),
    "adagrad": optax.adagrad,
    "rmsprop": optax.rmsprop,
    "adadelta": optax.adadelta,
    "adam": optax.adam,
    "nadam": optax.nadam,
    "adamax": optax.adamax,
    "adamw": optax.adamw,
    "lamb": optax.lamb,
    "lion": optax.lion,
}
"""The optimizers of `netspec.language.recipes.optimizers`, whose fields are the arguments."""
