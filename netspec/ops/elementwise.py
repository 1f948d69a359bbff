"""Operations on each value by itself, and the bias."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from netspec.ops.forms import Operation
from netspec.ops.run import Array, Run


@dataclass(frozen=True)
class BiasCase:
    """The static facts of a bias: shapes of the map, with the batch, and of the bias."""

    y: tuple[int, ...]
    bias: tuple[int, ...]
    dtype: str
    backend: str


@jax.custom_jvp
def relu(x: Array) -> Array:
    """max(x, 0), with gradient 0 at 0. Its gradient reads the output, which the next layer keeps anyway."""
    return jnp.maximum(x, jnp.zeros((), x.dtype))


@relu.defjvp
def _relu_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    y = relu(primals[0])
    return y, jnp.where(y > 0, tangents[0], jnp.zeros((), y.dtype))


def add_bias(run: Run, y: Array, bias: Array) -> Array:
    """Add a bias whose shape is that of the last axes of `y`: one a channel, or one a position and channel."""
    case = BiasCase(y.shape, bias.shape, y.dtype.name, run.backend)
    return run.lowerings.pick(ADD_BIAS, case).run(y, bias)


def _add_reference(y: Array, bias: Array) -> Array:
    return y + bias.reshape((1,) * (y.ndim - bias.ndim) + bias.shape).astype(y.dtype)


ADD_BIAS: Operation[BiasCase] = Operation("add_bias", _add_reference)
