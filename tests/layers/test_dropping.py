"""Dropout and drop_path: what they drop, what they keep, and by which key."""

from math import sqrt
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from netspec.layers import KINDS
from netspec.ops.run import Run

both = pytest.mark.parametrize("kind", ["dropout", "drop_path"])
rates = pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])


def layer(kind: str, rate: float, x: Any, *, seed: int = 0, train: bool = True) -> Any:
    """The layer's value for a batch."""
    return (
        KINDS[kind].model_validate({"rate": rate}).forward(Run(train=train, key=jax.random.key(seed)), {}, x)
    )


dropped = jax.jit(layer, static_argnums=(0, 1), static_argnames=("seed", "train"))
"""In one program, which is compiled sooner than each of its operations."""


def normal(kind: str) -> Any:
    """Random inputs: a few large examples, or many small ones where examples are what is dropped."""
    return jax.random.normal(jax.random.key(1), (4, 12, 12, 12) if kind == "dropout" else (2_304, 3))


@both
@rates
def test_the_mean_stays(kind: str, rate: float) -> None:
    """The share of dropped values is the rate, and the mean is the input's, within four standard deviations."""
    y = np.asarray(dropped(kind, rate, jnp.ones_like(normal(kind))))
    draws = y.size if kind == "dropout" else len(y)
    deviation = sqrt(rate * (1 - rate) / draws)
    assert abs((y == 0).mean() - rate) < 4 * deviation
    assert abs(y.mean() - 1) < 4 * deviation / (1 - rate)


@both
@rates
def test_what_is_kept_is_scaled(kind: str, rate: float) -> None:
    """Each value is zero, or the input over 1 - rate, and the gradient likewise.

    Up to three roundings: of 1 - rate, of its reciprocal, which is what XLA multiplies with, and of the product.
    """
    x = normal(kind)

    @jax.jit
    def both(x: Any) -> Any:
        y, back = jax.vjp(lambda x: dropped(kind, rate, x), x)
        return y, *back(jnp.ones_like(x))

    y, slope = both(x)
    kept, factor, roundings = np.asarray(y) != 0, 1 / (1 - rate), 3 * 2.0**-24
    for found, given in ((y, x), (slope, jnp.ones_like(x))):
        wanted = np.asarray(given, "float64") * factor * kept
        assert (np.abs(np.asarray(found) - wanted) <= roundings * np.abs(wanted)).all()


@rates
def test_drop_path_drops_whole_examples(rate: float) -> None:
    """All values of an example are dropped or none, and some examples are kept while others are not."""
    kept = np.asarray(dropped("drop_path", rate, jnp.ones((50, 3, 4, 2)))) != 0
    assert (kept.all((1, 2, 3)) == kept.any((1, 2, 3))).all()
    assert 0 < kept[:, 0, 0, 0].sum() < 50


def test_dropout_drops_values_by_themselves() -> None:
    """No example, row, column or channel is dropped as one: every one of them has values of both sorts."""
    kept = np.asarray(dropped("dropout", 0.5, jnp.ones_like(normal("dropout")))) != 0
    for axis in range(4):
        others = tuple(i for i in range(4) if i != axis)
        assert kept.any(others).all()
        assert not kept.all(others).any()


@both
def test_inference_drops_nothing(kind: str) -> None:
    """Outside of training the value is the input itself, and no key is asked for."""
    x = normal(kind)
    layer = KINDS[kind].model_validate({"rate": 0.5})
    assert jnp.array_equal(layer.forward(Run(), {}, x), x)
    assert jnp.array_equal(dropped(kind, 0.5, x, train=False), x)


@both
def test_a_rate_of_zero_drops_nothing(kind: str) -> None:
    """In training as well, without a key."""
    x = normal(kind)
    assert jnp.array_equal(KINDS[kind].model_validate({"rate": 0.0}).forward(Run(train=True), {}, x), x)


@both
def test_the_same_key_draws_the_same(kind: str) -> None:
    """One key gives one mask, inside `jit` too, and another key another."""
    x = normal(kind)
    once = dropped(kind, 0.5, x)
    assert jnp.array_equal(once, dropped(kind, 0.5, x))
    assert jnp.array_equal(once, layer(kind, 0.5, x))
    assert not jnp.array_equal(once, dropped(kind, 0.5, x, seed=1))


@both
def test_training_without_a_key_is_refused(kind: str) -> None:
    """The layer says that it needs a random key."""
    with pytest.raises(ValueError, match="key"):
        KINDS[kind].model_validate({"rate": 0.5}).forward(Run(train=True), {}, jnp.ones((2, 3)))
