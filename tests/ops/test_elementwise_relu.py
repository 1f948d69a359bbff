"""ReLU by itself, and what XLA makes of it between matrix products."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compilation import AS_USERS_DO

from netspec.ops.elementwise import relu

LARGE = "f32[64,32]"


@pytest.mark.parametrize("shape", [(7,), (3, 5), (2, 3, 4), (2, 3, 2, 4, 3)])
def test_relu_is_the_larger_of_value_and_zero(shape: tuple[int, ...]) -> None:
    """Values are `numpy.maximum(x, 0)`, and the gradient passes where x is above 0, in maps of every rank."""
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    x.flat[0] = 0
    value, pull = jax.vjp(relu, jnp.asarray(x))
    np.testing.assert_array_equal(value, np.maximum(x, 0))
    np.testing.assert_array_equal(pull(jnp.full(shape, 2.0))[0], np.where(x > 0, 2, 0))
    np.testing.assert_array_equal(jax.jvp(relu, (x,), (x,))[1], np.maximum(x, 0))


def test_not_a_number_stays() -> None:
    """Faults are not hidden: NaN and infinity come through."""
    got = np.asarray(relu(jnp.array([[jnp.nan, jnp.inf, -jnp.inf]])))
    np.testing.assert_array_equal(got, [[np.nan, np.inf, 0]])


def _residuals(x: jax.Array, kernels: list[jax.Array]) -> jax.Array:
    """One block a kernel, each adding a product to what all blocks before it made."""
    for kernel in kernels:
        x = relu(x + jnp.tensordot(x, kernel, 1))
    return x


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="the property is that of XLA on a CPU")
def test_residual_blocks_are_not_computed_again() -> None:
    """On a CPU no fused loop of eight residual blocks, forward and backward, reads more than three maps."""
    x, kernels = jnp.ones((2, 8, 4, 32)), [jnp.ones((32, 32))] * 8
    step = jax.jit(jax.grad(lambda *a: _residuals(*a).sum(), (0, 1)))
    text = step.lower(x, kernels).compile(AS_USERS_DO).as_text() or ""
    fused = re.findall(r"^%fused_computation\S* \((.*)\) ->", text, re.MULTILINE)
    assert fused
    assert max(arguments.count(LARGE) for arguments in fused) <= 3
