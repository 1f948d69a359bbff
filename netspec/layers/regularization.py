"""Regularization: layers that drop values while training, and pass everything on otherwise."""

from typing import TYPE_CHECKING

from netspec.layers.base import Example, Notation, PerPosition, Rate, layer
from netspec.layers.facets import Keeps

if TYPE_CHECKING:
    from netspec.ops.run import Array, Run, Weights


@layer("dropout")
class Dropout(PerPosition):
    """While training, set each value to zero with probability `rate` and divide the others by 1 - rate.

    Source: Srivastava et al. 2014, Dropout: A Simple Way to Prevent Neural Networks from Overfitting, section
    4 (there the weights are scaled down after training instead, which has the same mean).
    """

    rate: Rate = 0.5
    """Probability that a value is dropped, from 0 to below 1."""

    keeps = Keeps("dropout")
    random = True
    notation = Notation(positional=("rate",))
    elsewhere = ("drop", "dropout2d")
    examples = (
        Example("dropout(0.5)", "4096", "4096"),
        Example("dropout(0.2)", "32x32x3", "32x32x3"),
        Example("dropout", "56x300", "56x300"),
    )

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        return _dropped(run, x, self.rate, x.shape)


@layer("drop_path")
class DropPath(PerPosition):
    """While training, set all values of an example to zero with probability `rate`, else divide by 1 - rate.

    At the end of a residual's body this skips the body for that example.

    Source: Huang et al. 2016, Deep Networks with Stochastic Depth, arXiv:1603.09382, section 3.
    """

    rate: Rate
    """Probability that an example's value is dropped, from 0 to below 1."""

    keeps = Keeps("drop path")
    random = True
    notation = Notation(positional=("rate",))
    elsewhere = ("droppath", "stochastic_depth", "stochasticdepth", "drop_connect")
    examples = (Example("drop_path(0.1)", "56x56x96", "56x56x96"), Example("drop_path(0.1)", "768", "768"))

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        return _dropped(run, x, self.rate, (x.shape[0], *(1,) * (x.ndim - 1)))


def _dropped(run: "Run", x: "Array", rate: float, shape: tuple[int, ...]) -> "Array":
    """In training `x` where a draw of `shape` keeps it, divided by 1 - rate, else 0."""
    if not run.train or rate == 0:
        return x
    import jax.numpy as jnp
    from jax import random

    keeps = random.bernoulli(run.own_key(), 1 - rate, shape)
    return jnp.where(keeps, x / (1 - rate), jnp.zeros((), x.dtype))
