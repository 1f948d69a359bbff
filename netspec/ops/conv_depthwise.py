"""Depthwise convolution as a sum of shifted slices, each times its tap's weights."""

from collections.abc import Sequence

import jax.numpy as jnp
from jax import lax

from netspec.ops.conv_case import ConvCase, pad, window
from netspec.ops.conv_residues import interleave, residues
from netspec.ops.forms import Form
from netspec.ops.run import Array


def forward(x: Array, kernel: Array, case: ConvCase) -> Array:
    """Each tap multiplies the positions it meets."""
    taps = _per_channel(kernel, case)
    x = pad(x, case.pads)
    parts = [_weighted(x, [taps[p] for p in case.positions()], _starts(case), case, j) for j in range(_multiplier(case))]
    return parts[0] if len(parts) == 1 else jnp.stack(parts, -1).reshape(*parts[0].shape[:-1], case.filters)


def _weighted(x: Array, weights: Sequence[Array], starts: Sequence[tuple[int, ...]], case: ConvCase, j: int) -> Array:
    terms = (window(x, s, case.out, case.strides) * w[:, j] for s, w in zip(starts, weights, strict=True))
    return _total(terms)
