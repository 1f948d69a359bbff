"""Values and gradients of an operation's forms beside its reference's."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from netspec.ops.forms import Operation

Call = Callable[..., jax.Array]


def normal(rng: np.random.Generator, *shape: int) -> jax.Array:
    """Normal values in float64."""
    return jnp.asarray(rng.standard_normal(shape), jnp.float64)


def fitting(operation: Operation[Any], case: Any) -> dict[str, Callable[..., Any]]:
    """The forms that fit a case, by name."""
    return {form.name: form.run for form in operation.forms if form.fits(case)}


def pulled(call: Call, arrays: tuple[jax.Array, ...], rng: np.random.Generator) -> list[np.ndarray]:
    """The value, and the gradients to every array of its product with random numbers."""
    g = normal(rng, *jax.eval_shape(call, *arrays).shape)

    def both(*given: jax.Array) -> tuple[jax.Array, ...]:
        y, back = jax.vjp(call, *given)
        return y, *back(g)

    return [np.asarray(part) for part in jax.jit(both)(*arrays)]


def curvature(call: Call, arrays: tuple[jax.Array, ...], rng: np.random.Generator) -> list[np.ndarray]:
    """The gradient of the squared gradient."""
    g = normal(rng, *jax.eval_shape(call, *arrays).shape)
    first = jax.grad(lambda *given: jnp.sum(call(*given) * g), tuple(range(len(arrays))))
    second = jax.grad(
        lambda *given: sum(jnp.sum(jnp.square(d)) for d in first(*given)), tuple(range(len(arrays)))
    )
    return [np.asarray(part) for part in jax.jit(second)(*arrays)]


def agree(got: list[np.ndarray], wanted: list[np.ndarray], tolerance: float = 1e-12) -> None:
    """Shapes and dtypes are equal, and values up to a tolerance relative to the largest finite one."""
    for one, other in zip(got, wanted, strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        largest = np.abs(other).max(initial=1e-3, where=np.isfinite(other))
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * largest)
