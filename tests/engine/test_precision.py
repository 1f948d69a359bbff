"""What types parameters, states, outputs, values and gradients have, and how near low precision is to high."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import netspec
from netspec.engine.model import Model

NET = netspec.load(
    text="""
input: 8x8x3
network: |
  conv3-8 -> bn -> relu @first -> lrn(5) -> pool2 -> dropout(0.2)
  dwconv3 -> prelu -> conv3-8 -> gn(2) -> ln -> scale(0.5) -> subsample2
  upconv2-8 -> maxout(2) -> gap -> fc-5 -> softmax
heads:
  side: {from: first, network: gap -> fc-5, loss_weight: 0.3}
"""
)
BATCH = 4


def structs(precision: str) -> tuple[Model, Any, Any, Any]:
    """A model, and the types of its parameters, state and step."""
    model = NET.compile(precision=precision)
    params, state, batch, key = model.step_structs(BATCH)
    return model, params, state, jax.eval_shape(model.loss_and_grad, params, state, batch, key)


def types(tree: Any) -> set[str]:
    """The names of all arrays' types."""
    return {leaf.dtype.name for leaf in jax.tree.leaves(tree)}


@pytest.mark.parametrize(
    ("precision", "params", "computed", "statistics", "loss"),
    [
        ("float32", "float32", "float32", "float32", "float32"),
        ("mixed", "float32", "bfloat16", "float32", "float32"),
        ("bfloat16", "bfloat16", "bfloat16", "float32", "float32"),
        ("float64", "float64", "float64", "float64", "float64"),
    ],
)
def test_every_array_has_its_type(
    precision: str, params: str, computed: str, statistics: str, loss: str
) -> None:
    """Gradients and outputs are in the parameters' type, statistics and losses wide enough to add up."""
    with jax.enable_x64(precision == "float64"):
        model, own, state, step = structs(precision)
        x = model.input_struct(BATCH)
        key = jax.eval_shape(jax.random.key, 0)
        y, after = jax.eval_shape(model.forward, own, state, x, key)
        inferred = jax.eval_shape(model.apply, own, state, x)
        values = jax.eval_shape(model.trace, own, state, {"x": x}, key).values
        backward = jax.eval_shape(model.backward, own, state, x, y, key)
    assert types(own) == types(step.gradients) == types(y) == types(inferred) == types(backward) == {params}
    assert types(state) == types(after) == types(step.state) == {statistics}
    assert step.loss.dtype.name == loss
    assert types(values) == {computed}


def test_both_types_are_taken_in_mixed_precision() -> None:
    """Inputs may be in the parameters' type or in the one that layers compute in, and in no other."""
    model, params, state, _ = structs("mixed")
    for dtype in (jnp.float32, jnp.bfloat16):
        x = jax.ShapeDtypeStruct((BATCH, 8, 8, 3), dtype)
        assert jax.eval_shape(model.apply, params, state, x).dtype == jnp.float32
    with pytest.raises(netspec.MismatchError, match=r"float32 \(precision mixed\), and got float16"):
        jax.eval_shape(model.apply, params, state, jax.ShapeDtypeStruct((BATCH, 8, 8, 3), jnp.float16))


def test_the_spec_names_the_precision_and_an_option_another() -> None:
    """`train: precision` holds where nothing is asked for."""
    net = netspec.load(text="input: 4\nnetwork: fc-3\ntrain: {precision: mixed}\n")
    assert net.compile().precision.name == "mixed"
    assert net.compile(precision="bfloat16").precision.name == "bfloat16"


def test_low_precision_is_near_high() -> None:
    """Outputs, loss, gradients and statistics in bfloat16 are those in float32 to about its three digits."""
    net = netspec.load(text="input: 8x8x3\nnetwork: conv3-8 -> bn -> relu -> pool2 -> fc-5\n")
    exact = net.compile()
    params, state = exact.init(jax.random.key(0))
    x = np.random.default_rng(0).normal(size=(64, 8, 8, 3)).astype(np.float32)
    batch = {"x": jnp.asarray(x), "y": jnp.arange(64) % 5}
    wanted = exact.loss_and_grad(params, state, batch)
    found = net.compile(precision="mixed").loss_and_grad(params, state, batch)
    assert float(found.loss) == pytest.approx(float(wanted.loss), rel=0.01)
    a, b = (
        np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(s.gradients)]) for s in (found, wanted)
    )
    assert np.linalg.norm(a - b) < 0.05 * np.linalg.norm(b)
    for name, value in wanted.state["bn1"].items():
        assert np.allclose(found.state["bn1"][name], value, rtol=0.02, atol=0.002)


def test_statistics_do_not_lose_small_steps() -> None:
    """In low precision running averages still move by a thousandth, and norms use their factors as stored."""
    net = netspec.load(text="input: 2x2x1\nnetwork: bn(momentum=0.999) -> gap\n")
    model = net.compile(precision="mixed")
    params = {"bn1": {"scale": jnp.array([1.001]), "offset": jnp.zeros(1)}}
    state = {"bn1": {"mean": jnp.ones(1), "variance": jnp.ones(1)}}
    _, after = model.forward(params, state, jnp.full((2, 2, 2, 1), 2.0, jnp.bfloat16))
    assert float(after["bn1"]["mean"][0]) == pytest.approx(1.001, rel=1e-6)
    assert float(after["bn1"]["variance"][0]) == pytest.approx(0.999, rel=1e-6)
    x = jnp.full((1, 2, 2, 1), 1000.0)
    exact = net.compile().apply(params, state, x)
    assert float(exact[0, 0]) == pytest.approx(999 * 1.001, rel=1e-4)
    assert float(model.apply(params, state, x)[0, 0]) == pytest.approx(float(jnp.bfloat16(exact[0, 0])))
