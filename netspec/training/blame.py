"""Where a loss that is not finite came from."""

from typing import Any

import jax
import jax.numpy as jnp

from netspec.training.setup import Setup
from netspec.training.steps import State


def blame(setup: Setup, state: State, batch: tuple[Any, Any, Any]) -> str:
    """The first layer whose parameters or values are not finite, in a clause."""
    # JAX gives trees back in the order of their names; layers are asked in the network's.
    names = [node.name for node in setup.graph]
    for name in names:
        if bad := [part for part, value in state.params.get(name, {}).items() if not _finite(value)]:
            return f"{name} is the first layer whose parameters are not finite any more ({', '.join(bad)})"
    if not _finite(batch[0]):
        return "the batch itself holds values that are not finite"
    x, y = setup.steps.batch(state.step, *(jnp.asarray(part) for part in batch))
    trace = setup.model.trace(state.params, state.state, {"x": x, "y": y}, setup.steps.key(state.step))
    before = "input"
    for name in names:
        if not _finite(trace.values[name]):
            reached = _largest(trace.values[before])
            return f"{name} is the first layer whose values are not finite; before it they reach {reached}"
        before = name
    return f"every layer's values are finite, and their loss is not; {before} reaches {_largest(trace.values[before])}"


def _largest(value: Any) -> str:
    return f"{float(jnp.abs(value.astype(jnp.float32)).max()):.3g}"


def _finite(value: Any) -> bool:
    value = jnp.asarray(value)
    return not jnp.issubdtype(value.dtype, jnp.floating) or bool(jax.numpy.isfinite(value).all())
