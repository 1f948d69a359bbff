"""Convolution in groups as several dense ones, each with the form that is best for it.

Narrow groups are packed: several share one dense convolution, whose kernel is zero where they would mix.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod

import jax.numpy as jnp

from netspec.ops.conv_case import ConvCase
from netspec.ops.forms import Form
from netspec.ops.run import Array

WIDTH = 32
"""Channels of a dense convolution that several groups are packed into."""


Product = Callable[[Array, Array, ConvCase], Array]
Forms = Sequence[Form[ConvCase]]


@dataclass(frozen=True)
class Dense:
    """One of the three products of dense convolutions: the reference and its faster forms."""

    reference: Product
    forms: Forms

    def run(self, first: Array, second: Array, case: ConvCase) -> Array:
        """The product in the first form that fits and wins."""
        chosen = (form.run for form in self.forms if form.fits(case) and form.wins(case))
        return next(chosen, self.reference)(first, second, case)


def forward(reference: Product, dense: Forms) -> Form[ConvCase]:
    """The form of the forward pass that is made of these dense ones."""
    return _form(_mapped, Dense(reference, dense), "groups: 3.7 to 4.7 times the reference")


def input_gradient(reference: Product, dense: Forms) -> Form[ConvCase]:
    """The form of the input's gradient that is made of these dense ones."""
    return _form(_mapped, Dense(reference, dense), "groups: 4.4 to 6 times the reference")


def kernel_gradient(reference: Product, dense: Forms) -> Form[ConvCase]:
    """The form of the kernel's gradient that is made of these dense ones."""
    return _form(_kernel_gradient, Dense(reference, dense), "groups: 20 to 600 times the reference")


def _form(run: Callable[..., Array], dense: Dense, why: str) -> Form[ConvCase]:
    return Form("blocks", partial(run, dense), _fits, lambda case: case.cpu, why)


def _fits(case: ConvCase) -> bool:
    return case.groups > 1 and not case.depthwise


def _mapped(dense: Dense, values: Array, kernel: Array, case: ConvCase) -> Array:
    """From the input to the output, or from the output's gradient to the input's."""
    block, blocks = _block(case)
    pairs = zip(jnp.split(values, blocks, -1), _packed(kernel, case), strict=True)
    return jnp.concatenate([dense.run(part, weights, block) for part, weights in pairs], -1)


def _kernel_gradient(dense: Dense, x: Array, g: Array, case: ConvCase) -> Array:
    """What would mix groups is thrown away."""
    block, blocks = _block(case)
    pairs = zip(jnp.split(x, blocks, -1), jnp.split(g, blocks, -1), strict=True)
    return _unpacked([dense.run(part, gradient, block) for part, gradient in pairs], case)


def _pack(case: ConvCase) -> int:
    """Groups of a block: the most that divide the groups and stay within the width."""
    width = case.channels // case.groups
    return max(
        n for n in range(1, case.groups + 1) if case.groups % n == 0 and (n == 1 or n * width <= WIDTH)
    )


def _block(case: ConvCase) -> tuple[ConvCase, int]:
    """A block's case, and how many blocks there are."""
    blocks = case.groups // _pack(case)
    channels, filters = case.channels // blocks, case.filters // blocks
    return replace(case, x=(*case.x[:-1], channels), kernel=(*case.taps, channels, filters), groups=1), blocks


def _packed(kernel: Array, case: ConvCase) -> list[Array]:
    """Dense kernels `[*taps, channels, filters]`, one a block."""
    pack, (block, blocks) = _pack(case), _block(case)
    grid = kernel.reshape(*case.taps, case.kernel[-2], blocks, pack, -1)
    same = jnp.eye(pack, dtype=kernel.dtype)
    spread = jnp.einsum("...cbpf,pq->b...qcpf", grid, same)
    return list(spread.reshape(blocks, *block.kernel))


def _unpacked(gradients: list[Array], case: ConvCase) -> Array:
    pack, inner = _pack(case), case.kernel[-2]
    grid = jnp.stack(gradients).reshape(len(gradients), prod(case.taps), pack, inner, pack, -1)
    own = jnp.stack([grid[:, :, p, :, p] for p in range(pack)], -2)  # [blocks, taps, inner, pack, filters]
    return jnp.moveaxis(own, 0, 2).reshape(case.kernel)
