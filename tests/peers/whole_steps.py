"""A step of gradient descent in netspec, of the networks in `whole_specs`."""

from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from peers.whole_specs import RATE, Outcome, Tree, Whole, examples, numbers

from netspec.engine.model import Model

QUICKLY: Final = {"xla_backend_optimization_level": 0}
"""An option of XLA that halves the time it compiles, where little is computed."""


def step(whole: Whole, dtype: str) -> Outcome:
    """Inference, a step of gradient descent, and inference again; float64 needs jax_enable_x64."""
    model = whole.network.compile(precision=dtype)
    params, state = _stored(numbers(model.graph), dtype)
    x, labels = examples(model.graph, whole.batch)
    images = jnp.asarray(x, dtype)
    batch = {"x": images, "y": jnp.asarray(labels, jnp.int32)}
    infer = jax.jit(model.apply).lower(params, state, images).compile(QUICKLY)
    descend = jax.jit(_descending(model)).lower(params, state, batch).compile(QUICKLY)
    loss, outputs, gradients, *after = descend(params, state, batch)
    return Outcome(
        np.asarray(infer(params, state, images)),
        list(map(np.asarray, outputs)),
        float(loss),
        _read(gradients),
        *map(_read, after),
        np.asarray(infer(*after, images)),
    )


def _descending(model: Model) -> Any:
    """Loss, outputs, gradients, and the parameters and statistics after the step."""

    def descend(params: Any, state: Any, batch: Any) -> Any:
        with_gradient = jax.value_and_grad(model.loss, has_aux=True)
        (loss, (state, outputs)), gradients = with_gradient(params, state, batch)
        params = jax.tree.map(lambda p, g: p - RATE * g, params, gradients)
        by_head = [outputs[name] for name in model.heads] if len(model.heads) > 1 else [outputs]
        return loss, by_head, gradients, params, state

    return descend


def _stored(trees: tuple[Tree, Tree], dtype: str) -> Any:
    return jax.tree.map(lambda value: jnp.asarray(value, dtype), trees)


def _read(tree: Any) -> Tree:
    read: Tree = jax.tree.map(np.asarray, tree)
    return read
