"""Operations on each value by itself, and the bias."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import lax

from netspec.ops.forms import Form, Operation
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


@dataclass(frozen=True)
class BiasCase:
    """The static facts of adding a bias: the value's shape with the batch, and the bias's."""

    y: tuple[int, ...]
    bias: tuple[int, ...]
    backend: str

    @property
    def concrete(self) -> bool:
        """All sizes are numbers; an exported function's batch may be a symbol."""
        return all(isinstance(size, int) for size in self.y)


def add_bias(run: Run, y: Array, bias: Array) -> Array:
    """Add a bias whose shape is that of the last axes of `y`: one a channel, or one a position and channel."""
    case = BiasCase(y.shape, bias.shape, run.backend)
    return run.lowerings.pick(BIAS, case).run(y, bias.astype(y.dtype))


def _everywhere(y: Array, bias: Array) -> Array:
    return y + bias.reshape((1,) * (y.ndim - bias.ndim) + bias.shape)


def _by_row(y: Array, bias: Array) -> Array:
    """The bias once a position of a row: its gradient is summed by columns of whole rows, and those by channel.

    The barrier keeps XLA from making one sum of both.
    """
    row = lax.optimization_barrier(jnp.broadcast_to(bias, y.shape[-2:]).reshape(-1))
    return (y.reshape(-1, row.size) + row).reshape(y.shape)


BIAS: Operation[BiasCase] = Operation(
    "bias",
    _everywhere,
    (
        Form(
            "by_row",
            _by_row,
            fits=lambda case: len(case.bias) == 1 and len(case.y) > 2 and case.concrete,
            wins=lambda case: case.backend == "cpu" and case.y[-1] < 16,
            why="fewer channels than a vector register has lanes: LeNet-5's step 1.02 times as fast",
        ),
    ),
)
