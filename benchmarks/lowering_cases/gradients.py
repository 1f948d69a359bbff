"""An operation in each of its forms, forward and gradients in one compiled function."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from netspec.ops.forms import REFERENCE, Operation

Raced = dict[str, tuple[Callable[..., Any], tuple[Any, ...]]]
"""Name of a form: a compiled function, and what to call it with."""


def with_gradients(
    operation: Operation[Any], case: Any, call: Callable[..., jax.Array], shapes: tuple[tuple[int, ...], ...]
) -> Raced:
    """`call(form, *arrays)` and its gradients to the arrays, in the reference and every form that fits."""
    arrays = tuple(values(shape, i, case.dtype) for i, shape in enumerate(shapes))
    forms = {REFERENCE: operation.reference, **{f.name: f.run for f in operation.forms if f.fits(case)}}
    return {name: (_compiled(call, form, arrays), arrays) for name, form in forms.items()}


def values(shape: tuple[int, ...], seed: int, dtype: str = "float32") -> jax.Array:
    """Normal values, half of them set to 0 as by a ReLU."""
    return jnp.maximum(jax.random.normal(jax.random.key(seed), shape), 0).astype(dtype)


def _compiled(call: Callable[..., jax.Array], form: Callable[..., Any], arrays: tuple[Any, ...]) -> Any:
    def both(*arrays: jax.Array) -> Any:
        y, back = jax.vjp(lambda *given: call(form, *given), *arrays)
        return y, back(y)

    return jax.jit(both).lower(*arrays).compile()
