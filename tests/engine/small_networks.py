"""Small networks for the tests of the engine: quick to compile, and with all that files of theirs may hold."""

from typing import Final

import jax
import jax.numpy as jnp
import numpy as np

import netspec
from netspec import Network
from netspec.engine.initialize import Tree
from netspec.engine.model import Model

TWO_HEADS: Final = """
name: Small
input: 8x8x3
variables: {classes: 5, width: 4}
blocks:
  unit(n): conv3-{n} -> bn -> relu
network: |
  unit({width}) @first
  unit({width}) @second
  dropout(0.5) -> gap -> fc-{classes}
heads:
  early:
    from: first
    network: gap -> fc-{classes}
    loss_weight: 0.3
"""
"""Kernels, biases, running statistics, a block that is used twice, a head."""


def network(text: str = TWO_HEADS, **variables: object) -> Network:
    """A checked network."""
    return netspec.load(text=text, set=variables)


def model(text: str = TWO_HEADS, precision: str = "float32", **variables: object) -> Model:
    """A compiled one."""
    return network(text, **variables).compile(precision=precision)


def trees(of: Model, seed: int = 0) -> tuple[Tree, Tree]:
    """Parameters and state of random numbers between 0.1 and 1, for which nothing is compiled as it is for `init`."""
    draw = np.random.default_rng(seed)
    structs = jax.eval_shape(of.init, jax.eval_shape(jax.random.key, 0))
    params, state = jax.tree.map(
        lambda s: jnp.asarray(draw.uniform(0.1, 1, s.shape).astype(s.dtype)), structs
    )
    return params, state
