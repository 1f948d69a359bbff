"""Where a loss that is not finite came from."""

from typing import Any

import jax
import jax.numpy as jnp

from netspec.training.setup import Setup
from netspec.training.steps import State


def blame(setup: Setup, state: State, batch: tuple[Any, Any, Any]) -> str:
    """The first layer whose parameters or values are not finite, in a clause."""
    for name, own in state.params.items():
        if bad := [part for part, value in own.items() if not _finite(value)]:
            return f"{name} is the first layer whose parameters are not finite any more ({', '.join(bad)})"
    if not _finite(batch[0]):
        return "the batch itself holds values that are not finite"
    x, y = setup.steps.batch(state.step, *(jnp.asarray(part) for part in batch))
    trace = setup.model.trace(state.params, state.state, {"x": x, "y": y}, setup.steps.key(state.step))
    before = "input"
    for name, value in trace.values.items():
        if not _finite(value):
            largest = float(jnp.abs(trace.values[before].astype(jnp.float32)).max())
            return (
                f"{name} is the first layer whose values are not finite; before it they reach {largest:.3g}"
            )
        before = name
    return "every layer's values are finite, and the loss of them is not: its labels or logits are too large"


def _finite(value: Any) -> bool:
    value = jnp.asarray(value)
    return not jnp.issubdtype(value.dtype, jnp.floating) or bool(jax.numpy.isfinite(value).all())
