"""Fully connected layers: `[batch, in] @ [in, out]`."""

from dataclasses import dataclass
from functools import partial, reduce
from math import prod
from operator import add
from typing import Any

import jax

from netspec.ops.forms import REFERENCE, Form, Operation
from netspec.ops.run import Array, Run


@dataclass(frozen=True)
class DenseCase:
    """The static facts of a product: shapes of input and kernel."""

    x: tuple[int, ...]
    kernel: tuple[int, ...]
    dtype: str
    backend: str

    @property
    def concrete(self) -> bool:
        """The batch is a number; an exported function's may be a symbol."""
        return isinstance(self.x[0], int)


def dense(run: Run, x: Array, kernel: Array) -> Array:
    """Every output is a weighted sum of all inputs: `[batch, in] @ [in, out]`."""
    case = DenseCase(x.shape, kernel.shape, x.dtype.name, run.backend)
    forward, to_input, to_kernel = (
        run.lowerings.pick(operation, case) for operation in (FORWARD, INPUT_GRADIENT, KERNEL_GRADIENT)
    )
    if all(choice.form == REFERENCE for choice in (forward, to_input, to_kernel)):
        return _reference(x, kernel, case)  # without a gradient of our own, so that forward mode works too
    return _dense(x, kernel, case, forward, to_input, to_kernel)


def _reference(x: Array, kernel: Array, case: DenseCase) -> Array:
    del case
    return x @ kernel


def _reference_input_gradient(g: Array, kernel: Array, case: DenseCase) -> Array:
    del case
    return g @ kernel.T


def _reference_kernel_gradient(x: Array, g: Array, case: DenseCase) -> Array:
    del case
    return x.T @ g


def _outer_products(x: Array, g: Array, case: DenseCase) -> Array:
    """One outer product an example, which XLA fuses into the optimizer's update: the gradient is never stored."""
    del case
    return reduce(add, (x[i][:, None] * g[i][None, :] for i in range(x.shape[0])))


FORWARD: Operation[DenseCase] = Operation("dense.forward", _reference)
INPUT_GRADIENT: Operation[DenseCase] = Operation("dense.input_gradient", _reference_input_gradient)
KERNEL_GRADIENT: Operation[DenseCase] = Operation(
    "dense.kernel_gradient",
    _reference_kernel_gradient,
    (
        Form(
            "outer",
            _outer_products,
            fits=lambda case: case.concrete,
            wins=lambda case: case.backend == "cpu" and case.x[0] <= 8 and prod(case.kernel) >= 2**20,
            why="batches of up to 8, kernels of a million weights: 1.1 to 2 times faster with the momentum update",
        ),
    ),
)


@partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4, 5))
def _dense(x: Array, kernel: Array, case: DenseCase, forward: Any, to_input: Any, to_kernel: Any) -> Array:
    """`forward.run(x, kernel, case)`, `to_input.run(g, kernel, case)`, `to_kernel.run(x, g, case)`."""
    return forward.run(x, kernel, case)


def _dense_forward(
    x: Array, kernel: Array, case: DenseCase, forward: Any, to_input: Any, to_kernel: Any
) -> tuple[Array, tuple[Array, Array]]:
    return forward.run(x, kernel, case), (x, kernel)


def _dense_backward(
    case: DenseCase, forward: Any, to_input: Any, to_kernel: Any, kept: tuple[Array, Array], g: Array
) -> tuple[Array, Array]:
    x, kernel = kept
    return to_input.run(g, kernel, case), to_kernel.run(x, g, case)


_dense.defvjp(_dense_forward, _dense_backward)
