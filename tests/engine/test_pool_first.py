"""A max-pool is computed before the ReLU in front of it, and nothing that is seen changes."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_networks import network

from netspec.engine.model import Model
from netspec.engine.report import uses

CHAIN = """
input: 9x8x2
network: conv3-4 -> relu -> pool3/2 -> conv3-6 -> relu -> pool2 -> fc-5
"""
READ_TWICE = """
input: 8x8x2
network: conv3-4 -> relu @full -> pool2 -> upsample(2) -> add(full) -> fc-5
"""
WIDE = "{input: 8x8x2, network: conv3-24 -> relu -> pool2 -> fc-5}"
AVERAGE = "{input: 8x8x2, network: conv3-4 -> relu -> avgpool2 -> fc-5}"
FIRST = "{input: 8x8x2, network: pool2 -> relu -> fc-5}"


def compiled(text: str, form: str = "auto", **options: Any) -> Model:
    """On a CPU, with the wanted form."""
    return network(text).compile(lowerings={"relu_pool": form}, **options)


def forms(text: str, form: str = "auto") -> list[str]:
    """What became of the ReLUs in front of max-pools."""
    return [use.form for use in uses(compiled(text, form), 2) if use.operation == "relu_pool"]


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="what is fastest was measured on a CPU")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [(CHAIN, ["pool_first"] * 2), (WIDE, ["reference"]), (READ_TWICE, []), (AVERAGE, []), (FIRST, [])],
)
def test_narrow_pairs_change_places(text: str, wanted: list[str]) -> None:
    """A ReLU and the max-pool that alone reads it, with few channels."""
    assert forms(text) == wanted


def test_every_pair_changes_places_where_asked() -> None:
    """The form that was asked for is taken whatever the width."""
    assert forms(WIDE, "pool_first") == ["pool_first"]
    assert forms(CHAIN, "reference") == ["reference"] * 2


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("remat", ["none", "blocks"])
def test_values_and_gradients_are_the_same(*, ties: bool, remat: str) -> None:
    """Output, loss and every gradient agree, also where many values of a window are equal."""
    x = np.random.default_rng(0).standard_normal((4, 9, 8, 2)).astype(np.float32)
    x = np.round(x) if ties else x
    found = []
    for form in ("pool_first", "reference"):
        of = compiled(CHAIN, form, remat=remat)
        params, state = of.init(jax.random.key(0))
        if ties:
            params = jax.tree.map(lambda p: jnp.round(2 * p), params)
        result = of.loss_and_grad(params, state, {"x": x, "y": jnp.arange(4)})
        found.append((of.apply(params, state, x), result.loss, result.gradients))
    for one, other in zip(*map(jax.tree.leaves, found), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6 * np.abs(other).max())


def test_traces_show_every_value_as_it_is_written() -> None:
    """A trace has the full rectified map and its pooling."""
    of = compiled(CHAIN, "pool_first")
    params, state = of.init(jax.random.key(0))
    values = of.trace(params, state, {"x": jnp.ones((1, 9, 8, 2))}).values
    assert values["relu1"].shape == (1, 9, 8, 4)
    assert float(values["relu1"].min()) == 0
    assert values["pool1"].shape == (1, 4, 3, 4)
