"""Local response normalization as sums of slices, with a gradient written by hand."""

from functools import partial, reduce
from operator import add

import jax
import jax.numpy as jnp
from jax import lax

from netspec.ops.channels import wide
from netspec.ops.run import Array


@partial(jax.custom_vjp, nondiff_argnums=(1, 2, 3, 4))
def local_response(x: Array, size: int, alpha: float, beta: float, k: float) -> Array:
    """The values times s^-beta, with s = k + alpha * (the sum of x^2 over `size` channels)."""
    return _forward(x, size, alpha, beta, k)[0]


def _forward(x: Array, size: int, alpha: float, beta: float, k: float) -> tuple[Array, tuple[Array, Array]]:
    values = wide(x)
    s = k + alpha * _over_channels(jnp.square(values), size // 2, (size - 1) // 2)
    return (values * _inverse_power(s, beta)).astype(x.dtype), (x, s)


def _backward(
    size: int, alpha: float, beta: float, k: float, kept: tuple[Array, Array], g: Array
) -> tuple[Array]:
    """Channel c reaches the sums of the channels whose window holds it: the mirrored window."""
    del k
    (x, s), g = kept, wide(g)
    values, power = wide(x), _inverse_power(s, beta)
    reached = _over_channels(g * values * power / s, (size - 1) // 2, size // 2)
    return ((g * power - 2 * alpha * beta * values * reached).astype(x.dtype),)


local_response.defvjp(_forward, _backward)


def _over_channels(values: Array, low: int, high: int) -> Array:
    """The sum over channels c - low ... c + high."""
    last, channels = values.ndim - 1, values.shape[-1]
    keep = [(0, 0, 0)] * last
    padded = lax.pad(values, jnp.zeros((), values.dtype), [*keep, (low, high, 0)])
    return reduce(add, (lax.slice_in_dim(padded, i, i + channels, axis=last) for i in range(low + high + 1)))


def _inverse_power(s: Array, beta: float) -> Array:
    """s^-beta; roots where they do, since XLA's power on CPU takes ten times as long."""
    if beta == 0.75:  # of Krizhevsky et al. 2012, and of nearly every network since
        root = lax.rsqrt(s)
        return root * lax.sqrt(root)
    return lax.pow(s, jnp.array(-beta, s.dtype))
