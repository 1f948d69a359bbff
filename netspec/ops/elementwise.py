"""Operations on each value by itself, and the bias."""

import jax
import jax.numpy as jnp

from netspec.ops.run import Array, Run


def relu(x: Array) -> Array:
    """max(x, 0), with gradient 0 at 0. Its gradient reads the output, which the next layer keeps anyway.

    It is a choice between two values on `[rows, channels]` because XLA on CPU stores such a result where a matrix product
    reads it. `jnp.maximum`, or a reshape behind it, would be computed again for every later use, and with it all that was
    added before: a residual block would read what every earlier block made.
    """
    return _relu(x.reshape(-1, x.shape[-1])).reshape(x.shape) if x.ndim > 2 else _relu(x)


@jax.custom_jvp
def _relu(x: Array) -> Array:
    """Not a number stays what it is, as with `jnp.maximum`."""
    zero = jnp.zeros((), x.dtype)
    return jnp.where(x <= zero, zero, x)


@_relu.defjvp
def _relu_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    y = _relu(primals[0])
    return y, jnp.where(y > 0, tangents[0], jnp.zeros((), y.dtype))


def add_bias(run: Run, y: Array, bias: Array) -> Array:
    """Add a bias whose shape is that of the last axes of `y`: one a channel, or one a position and channel.

    It has one form: XLA's own column sum was as fast as a product with ones, from 128x120 to 2x224x224x64.
    """
    del run
    return y + bias.reshape((1,) * (y.ndim - bias.ndim) + bias.shape).astype(y.dtype)
