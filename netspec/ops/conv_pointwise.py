"""Convolution with kernels of one tap as matrix products."""

import jax.numpy as jnp
from jax import lax

from netspec.ops.conv_case import ConvCase, window
from netspec.ops.conv_products import flat, transposed_product
from netspec.ops.forms import Form
from netspec.ops.run import Array


def forward(x: Array, kernel: Array, case: ConvCase) -> Array:
    """One product at every position that the strides leave."""
    return jnp.tensordot(_strided(x, case), _matrix(kernel), 1)


def input_gradient(g: Array, kernel: Array, case: ConvCase) -> Array:
    """The product with the transposed matrix; positions that the strides skip get zero."""
    dx = jnp.tensordot(g, _matrix(kernel).T, 1)
    skipped = zip(case.size, case.out, case.strides, strict=True)
    config = [(0, size - (out - 1) * stride - 1, stride - 1) for size, out, stride in skipped]
    return lax.pad(dx, jnp.zeros((), dx.dtype), ((0, 0, 0), *config, (0, 0, 0)))


def kernel_gradient(x: Array, g: Array, case: ConvCase) -> Array:
    """One product over all positions."""
    stored = max(case.strides) == 1
    return transposed_product(flat(_strided(x, case)), flat(g), stored=stored).reshape(case.kernel)


def _strided(x: Array, case: ConvCase) -> Array:
    return window(x, (0,) * case.rank, case.out, case.strides)


def _matrix(kernel: Array) -> Array:
    return kernel.reshape(kernel.shape[-2:])


def _fits(case: ConvCase) -> bool:
    return case.pointwise and case.groups == 1


FORWARD: Form[ConvCase] = Form(
    "matmul", forward, _fits, lambda case: case.cpu, "one tap: 1.1 to 1.5 times the reference"
)
INPUT_GRADIENT: Form[ConvCase] = Form(
    "matmul", input_gradient, _fits, lambda case: case.fast, "one tap: 1.0 to 1.8 times the reference"
)
KERNEL_GRADIENT: Form[ConvCase] = Form(
    "matmul",
    kernel_gradient,
    lambda case: _fits(case) and case.sized,
    lambda case: case.cpu,
    "one tap: 3.9 to 7.9 times the reference; in bfloat16 13 times",
)
