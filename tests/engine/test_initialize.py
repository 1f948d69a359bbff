"""Parameters before training: their distributions, and that each depends on its own name alone."""

from math import prod, sqrt
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import netspec
from netspec.engine.initialize import Tree, scheme

NET = """
input: 9x9x16
blocks: {{unit(n): "conv3-{{n}} -> bn -> relu"}}
network: |
  unit(32){more} -> unit(32)
  gap -> fc-20
{train}
"""
SPREAD = 5
"""Standard errors that a moment of a sample may be off."""


def drawn(text: str, seed: int = 0, precision: str | None = None) -> tuple[Tree, Tree]:
    """Parameters and state of a spec."""
    return netspec.load(text=text).compile(precision=precision).init(jax.random.key(seed))


def one(network: str, scheme: str, given: str = "9x9x16") -> np.ndarray:
    """The kernel of a layer called `k`."""
    params, _ = drawn(f'input: {given}\nnetwork: "{network}"\ntrain: {{initialization: "{scheme}"}}\n')
    return np.asarray(params["k"]["kernel"], np.float64)


def assert_moments(values: np.ndarray, mean: float, deviation: float) -> None:
    """Mean and standard deviation are these, as nearly as a sample of that size has them."""
    error = deviation / sqrt(values.size)
    assert abs(values.mean() - mean) < SPREAD * error
    assert abs(values.std() - deviation) < SPREAD * error  # for a normal sample less still: over sqrt(2)


CONV_IN, CONV_OUT = 9 * 16, 9 * 24
CONV = "conv3-24 @k -> tanh"


@pytest.mark.parametrize(
    ("scheme", "deviation"),
    [
        ("he_normal", sqrt(2 / CONV_IN)),
        ("he_normal(fan=out)", sqrt(2 / CONV_OUT)),
        ("xavier_normal", sqrt(2 / (CONV_IN + CONV_OUT))),
        ("lecun_normal", sqrt(1 / CONV_IN)),
        ("normal(0.02)", 0.02),
        ("auto", sqrt(2 / (CONV_IN + CONV_OUT))),
    ],
)
def test_normal_schemes(scheme: str, deviation: float) -> None:
    """The standard deviation is that of the paper, and the shape is a bell: 1 in 22 lies past two of them."""
    values = one(CONV, scheme)
    assert_moments(values, 0, deviation)
    beyond = (np.abs(values) > 2 * deviation).mean()
    assert abs(beyond - 0.0455) < SPREAD * sqrt(0.0455 / values.size)


def test_a_normal_distribution_may_have_a_mean() -> None:
    """It is added."""
    assert_moments(one(CONV, "normal(0.02, mean=0.3)"), 0.3, 0.02)


@pytest.mark.parametrize(
    ("scheme", "limit"),
    [
        ("he_uniform", sqrt(6 / CONV_IN)),
        ("he_uniform(fan=out)", sqrt(6 / CONV_OUT)),
        ("xavier_uniform", sqrt(6 / (CONV_IN + CONV_OUT))),
        ("lecun_uniform", sqrt(3 / CONV_IN)),
        ("uniform(0.05)", 0.05),
    ],
)
def test_uniform_schemes(scheme: str, limit: float) -> None:
    """No value lies past the limit, some lie near it, and the deviation is that of a uniform distribution."""
    values = one(CONV, scheme)
    assert np.abs(values).max() <= limit * (1 + 1e-6)
    assert values.max() > 0.99 * limit
    assert values.min() < -0.99 * limit
    assert_moments(values, 0, limit / sqrt(3))


@pytest.mark.parametrize(("scheme", "value"), [("constant(0.25)", 0.25), ("zeros", 0)])
def test_constant_schemes(scheme: str, value: float) -> None:
    """Every value is the same."""
    assert (one(CONV, scheme) == value).all()


@pytest.mark.parametrize(
    ("network", "given", "gain"),
    [("fc-12 @k", "30", 1), ("conv3-60 @k", "5x2", 1), (CONV, "5x5x4", 0.5)],
)
def test_orthogonal_columns_or_rows(network: str, given: str, gain: float) -> None:
    """Of a kernel as a matrix [taps * in, out] the shorter side's vectors are `gain` long, and at right angles."""
    kernel = one(network, f"orthogonal({gain})", given)
    matrix = kernel.reshape(-1, kernel.shape[-1])
    small = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    assert np.abs(small - gain**2 * np.eye(len(small))).max() < 1e-5


@pytest.mark.parametrize(
    ("network", "he"),
    [
        ("conv3-24 @k -> relu", True),
        ("conv3-24 @k -> bn -> leaky_relu(0.1)", True),
        ("conv3-24 @k -> lrn(5) -> pool2 -> elu", True),
        ("conv3-24 @k -> maxout(2)", True),
        ("conv3-24 @k -> bn -> add(k) -> relu", True),
        ("conv3-24 @k -> tanh", False),
        ("conv3-24 @k -> sigmoid -> relu", False),
        ("conv3-24 @k -> conv3-4 -> relu", False),
        ("conv3-24 @k", False),
        ("conv3-24 @k -> gap -> softmax", False),
    ],
)
def test_auto_is_he_before_rectifiers_and_xavier_elsewhere(network: str, *, he: bool) -> None:
    """The first activation behind the layer decides, norms and pools in between or not."""
    deviation = sqrt(2 / CONV_IN) if he else sqrt(2 / (CONV_IN + CONV_OUT))
    assert_moments(one(network, "auto"), 0, deviation)


@pytest.mark.parametrize(
    ("network", "fan_in"),
    [
        ("dwconv3(multiplier=24) @k -> relu", 9),
        ("conv3-32(groups=4) @k -> relu", 9 * 4),
        ("upconv4-32/2(padding=1) @k -> relu", 16 * 16 / 4),
        ("fc-32 @k -> relu", 9 * 9 * 16),
    ],
)
def test_fan_in_counts_what_one_output_adds_up(network: str, fan_in: float) -> None:
    """The channels of a group, and of a transposed convolution the stamps that overlap."""
    assert_moments(one(network, "he_normal"), 0, sqrt(2 / fan_in))


def test_variance_lasts_through_a_deep_network() -> None:
    """With `auto` twenty layers of convolution and ReLU neither lose their signal nor blow it up."""
    net = netspec.load(text='input: 8x8x32\nnetwork: "[conv3-32(padding=same) -> relu]*20"\n').compile()
    x = jax.random.normal(jax.random.key(1), (8, 8, 8, 32))
    y = net.apply(*net.init(jax.random.key(0)), x)
    assert 0.02 < float(jnp.square(y).mean()) < 2  # at the borders zeros come in


def test_everything_else_begins_where_its_layer_says() -> None:
    """Biases and offsets at 0, scales at 1, statistics at 0 and 1, slopes, factors and prototypes at their own."""
    text = "input: 6x6x4\nnetwork: conv3-8 -> prelu -> bn -> scale(1e-6) -> subsample2 -> rbf-3\n"
    params, state = drawn(text)
    wanted = {
        ("conv1", "bias"): 0,
        ("prelu1", "slope"): 0.25,
        ("bn1", "scale"): 1,
        ("bn1", "offset"): 0,
        ("scale1", "factor"): 1e-6,
        ("subsample1", "weight"): 0.25,
        ("subsample1", "bias"): 0,
    }
    for (layer, name), value in wanted.items():
        assert (params[layer][name] == jnp.float32(value)).all(), (layer, name)
    assert (state["bn1"]["mean"] == 0).all()
    assert (state["bn1"]["variance"] == 1).all()
    signs = np.asarray(state["rbf1"]["prototypes"])
    assert set(np.unique(signs)) == {-1, 1}
    assert abs(signs.mean()) < SPREAD / sqrt(signs.size)


def same(a: Any, b: Any) -> bool:
    """Equal bit for bit."""
    return np.asarray(a).tobytes() == np.asarray(b).tobytes()


def test_a_new_layer_leaves_the_others_as_they_are() -> None:
    """Values are keyed by name: what keeps its name and its shape keeps every bit."""
    train = "train: {initialization: he_normal}"
    before, _ = drawn(NET.format(more="", train=train))
    for more in (" -> bn -> scale -> dropout(0.5)", " -> conv1-32 @between -> relu -> ln"):
        after, _ = drawn(NET.format(more=more, train=train))
        kept = before.keys() & after.keys()
        assert {"unit1/conv1", "unit2/conv1", "fc1"} <= kept < after.keys()
        assert all(same(before[layer][name], after[layer][name]) for layer in kept for name in before[layer])


def test_layers_and_seeds_differ() -> None:
    """Equal layers of other names, and the same layer with another key, draw other values."""
    net = netspec.load(text=NET.format(more=" -> unit(32)", train="")).compile()
    (first, _), (again, _), (other, _) = (net.init(jax.random.key(seed)) for seed in (0, 0, 1))
    assert jax.tree.all(jax.tree.map(same, first, again))
    assert not same(first["unit2/conv1"]["kernel"], first["unit3/conv1"]["kernel"])
    assert not same(first["unit2/conv1"]["kernel"], other["unit2/conv1"]["kernel"])
    correlation = np.corrcoef(*(np.ravel(first[f"unit{i}/conv1"]["kernel"]) for i in (2, 3)))[0, 1]
    assert abs(correlation) < SPREAD / sqrt(prod((3, 3, 32, 32)))


def test_it_is_the_same_under_jit_and_in_every_precision() -> None:
    """Compiled as a whole, and stored in other types, a network begins with the same values."""
    net = netspec.load(text=NET.format(more="", train=""))
    model = net.compile()
    params, state = model.init(jax.random.key(3))
    assert jax.tree.all(jax.tree.map(same, jax.jit(model.init)(jax.random.key(3)), (params, state)))
    half, _ = net.compile(precision="bfloat16").init(jax.random.key(3))
    assert jax.tree.all(jax.tree.map(lambda a, b: same(a.astype(jnp.bfloat16), b), params, half))
    with jax.enable_x64(True):
        wide, _ = net.compile(precision="float64").init(jax.random.key(3))
        assert jax.tree.all(jax.tree.map(lambda a, b: same(a, b.astype(jnp.float32)), params, wide))


def test_a_key_of_the_old_form_is_taken() -> None:
    """`jax.random.PRNGKey` gives what `jax.random.key` gives."""
    model = netspec.load(text="input: 4\nnetwork: fc-3\n").compile()
    new, old = (model.init(make(5))[0] for make in (jax.random.key, jax.random.PRNGKey))
    assert same(new["fc1"]["kernel"], old["fc1"]["kernel"])


def test_an_initializer_that_no_layer_should_have_is_named() -> None:
    """A layer of one's own with a wrong initializer is told with its name."""
    net = netspec.load(text="input: 4\nnetwork: fc-3\n")
    (node,) = net.nodes
    wrong = type(node.parameters[0])("kernel", (4, 3), initializer="ortho")
    with pytest.raises(ValueError, match="fc1: no initializer is called ortho"):
        scheme(net.graph, node, wrong, net.compile().initializer)
