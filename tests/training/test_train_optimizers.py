"""Optimizers against optax's own, and against their formulas in numpy, in float64."""

import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import netspec
from netspec.graph.node import Graph
from netspec.language.recipes.optimizers import (
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Lamb,
    Lion,
    Momentum,
    Nadam,
    Nesterov,
    Optimizer,
    RmsProp,
    Sgd,
)
from netspec.language.recipes.regularizers import L1, L2
from netspec.language.recipes.schedules import Constant, Linear, Step
from netspec.language.train_section import Train
from netspec.training.optimizers import _OPTIMIZERS, decayed, penalty, rate, transformation

EXACT = 1e-12
RATE = 0.125
"""A rate that float32 holds exactly."""
GRAPH = netspec.load(text="input: 3\nnetwork: fc-2\n").graph
SHAPES = {"kernel": (3, 2), "bias": (2,)}
UPDATES = 5


def tree(seed: int) -> dict[str, dict[str, np.ndarray]]:
    """Normal numbers for the parameters of GRAPH."""
    rng = np.random.default_rng(seed)
    return {"fc1": {name: rng.normal(size=shape) for name, shape in SHAPES.items()}}


def leaves(values: Any) -> np.ndarray:
    """All numbers of a tree in a row."""
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(values)])


def walked(transform: optax.GradientTransformation, dtype: Any = jnp.float64) -> Any:
    """The parameters after some updates with random gradients."""
    params = jax.tree.map(lambda a: jnp.asarray(a, dtype), tree(0))
    state = transform.init(params)
    update = jax.jit(transform.update)
    for i in range(UPDATES):
        gradients = jax.tree.map(lambda a: jnp.asarray(a, dtype), tree(i + 1))
        updates, state = update(gradients, state, params)
        params = optax.apply_updates(params, updates)
    return params, state


def made(steps: int = 100, graph: Graph = GRAPH, **fields: Any) -> optax.GradientTransformation:
    """What a `train:` section makes."""
    return transformation(Train(**fields), graph, steps, 10)


MASK = {"fc1": {"kernel": True, "bias": False}}


@pytest.mark.parametrize(
    ("recipe", "own"),
    [
        (Sgd(rate=RATE), optax.sgd(RATE)),
        (Momentum(rate=RATE, momentum=0.75), optax.sgd(RATE, 0.75)),
        (Nesterov(rate=RATE), optax.sgd(RATE, 0.9, nesterov=True)),
        (Adagrad(rate=RATE, initial_accumulator_value=0.2, eps=1e-3), optax.adagrad(RATE, 0.2, 1e-3)),
        (RmsProp(rate=RATE), optax.rmsprop(RATE)),
        (
            RmsProp(
                rate=RATE, centered=True, momentum=0.5, nesterov=True, eps_in_sqrt=False, initial_scale=1.0
            ),
            optax.rmsprop(
                RATE, centered=True, momentum=0.5, nesterov=True, eps_in_sqrt=False, initial_scale=1.0
            ),
        ),
        (Adadelta(rate=RATE, rho=0.8, eps=1e-3), optax.adadelta(RATE, 0.8, 1e-3)),
        (Adam(rate=RATE, b1=0.8, b2=0.95, eps=1e-3, eps_root=1e-2), optax.adam(RATE, 0.8, 0.95, 1e-3, 1e-2)),
        (Nadam(rate=RATE), optax.nadam(RATE)),
        (Adamax(rate=RATE, b2=0.9), optax.adamax(RATE, b2=0.9)),
        (AdamW(rate=RATE, weight_decay=0.5), optax.adamw(RATE, weight_decay=0.5, mask=MASK)),
        (AdamW(rate=RATE, weight_decay=0.5, decayed="all"), optax.adamw(RATE, weight_decay=0.5)),
        (Lamb(rate=RATE, weight_decay=0.5), optax.lamb(RATE, weight_decay=0.5, mask=MASK)),
        (Lion(rate=RATE, weight_decay=0.5), optax.lion(RATE, weight_decay=0.5, mask=MASK)),
    ],
    ids=lambda value: value.name if isinstance(value, Optimizer) else "",
)
def test_an_optimizer_is_optaxs(recipe: Optimizer, own: optax.GradientTransformation) -> None:
    """Every field reaches optax's function of the same purpose."""
    with jax.enable_x64(True):
        found, wanted = leaves(walked(made(optimizer=recipe))[0]), leaves(walked(own)[0])
    np.testing.assert_allclose(found, wanted, rtol=EXACT)
    assert not np.allclose(found, leaves(tree(0)), rtol=1e-3)


@pytest.mark.parametrize("name", list(Optimizer.kinds))
def test_fields_and_defaults_are_optaxs(name: str) -> None:
    """Those of the function in its table; the rate is the lectures', and plain descent has no momentum by default."""
    arguments = inspect.signature(_OPTIMIZERS[name]).parameters
    fields = {field: info.default for field, info in Optimizer.kinds[name].model_fields.items()}
    own = {"rate", "decayed", "momentum"} if name in ("momentum", "nesterov") else {"rate", "decayed"}
    assert {field: arguments[field].default for field in fields if field not in own} == {
        field: default for field, default in fields.items() if field not in own
    }


Rule = Callable[[np.ndarray, np.ndarray, dict[str, np.ndarray], int], np.ndarray]
"""From a parameter, its gradient, what is kept for it, and the number of the step to the parameter's next value."""


def sgd(w: np.ndarray, g: np.ndarray, kept: dict[str, np.ndarray], t: int) -> np.ndarray:
    """Robbins and Monro."""
    return w - RATE * g


def momentum(w: np.ndarray, g: np.ndarray, kept: dict[str, np.ndarray], t: int) -> np.ndarray:
    """Polyak."""
    kept["v"] = 0.9 * kept.get("v", 0) + g
    return w - RATE * kept["v"]


def nesterov(w: np.ndarray, g: np.ndarray, kept: dict[str, np.ndarray], t: int) -> np.ndarray:
    """Sutskever et al."""
    kept["v"] = 0.9 * kept.get("v", 0) + g
    return w - RATE * (0.9 * kept["v"] + g)


def adagrad(w: np.ndarray, g: np.ndarray, kept: dict[str, np.ndarray], t: int) -> np.ndarray:
    """Duchi et al."""
    kept["s"] = kept.get("s", 0.1) + g**2
    return w - RATE * g / np.sqrt(kept["s"] + 1e-7)


def rmsprop(w: np.ndarray, g: np.ndarray, kept: dict[str, np.ndarray], t: int) -> np.ndarray:
    """Tieleman and Hinton."""
    kept["s"] = 0.9 * kept.get("s", 0) + 0.1 * g**2
    return w - RATE * g / np.sqrt(kept["s"] + 1e-8)


def adam(w: np.ndarray, g: np.ndarray, kept: dict[str, np.ndarray], t: int) -> np.ndarray:
    """Kingma and Ba, algorithm 1."""
    kept["m"] = 0.9 * kept.get("m", 0) + 0.1 * g
    kept["v"] = 0.999 * kept.get("v", 0) + 0.001 * g**2
    m, v = kept["m"] / (1 - 0.9**t), kept["v"] / (1 - 0.999**t)
    return w - RATE * m / (np.sqrt(v) + 1e-8)


def adamw(w: np.ndarray, g: np.ndarray, kept: dict[str, np.ndarray], t: int) -> np.ndarray:
    """Loshchilov and Hutter, algorithm 2; biases are vectors here, and do not decay."""
    decay = 0.25 if w.ndim > 1 else 0.0
    return adam(w, g, kept, t) - RATE * decay * w


def lion(w: np.ndarray, g: np.ndarray, kept: dict[str, np.ndarray], t: int) -> np.ndarray:
    """Chen et al., algorithm 2."""
    m, decay = kept.get("m", 0), 0.25 if w.ndim > 1 else 0.0
    kept["m"] = 0.99 * m + 0.01 * g
    return w - RATE * (np.sign(0.9 * m + 0.1 * g) + decay * w)


def adadelta(w: np.ndarray, g: np.ndarray, kept: dict[str, np.ndarray], t: int) -> np.ndarray:
    """Zeiler, algorithm 1, times a rate."""
    kept["g"] = 0.9 * kept.get("g", 0) + 0.1 * g**2
    step = np.sqrt(kept.get("x", 0) + 1e-6) / np.sqrt(kept["g"] + 1e-6) * g
    kept["x"] = 0.9 * kept.get("x", 0) + 0.1 * step**2
    return w - RATE * step


@pytest.mark.parametrize(
    ("recipe", "rule"),
    [
        (Sgd(rate=RATE), sgd),
        (Momentum(rate=RATE), momentum),
        (Nesterov(rate=RATE), nesterov),
        (Adagrad(rate=RATE), adagrad),
        (RmsProp(rate=RATE), rmsprop),
        (Adadelta(rate=RATE), adadelta),
        (Adam(rate=RATE), adam),
        (AdamW(rate=RATE, weight_decay=0.25), adamw),
        (Lion(rate=RATE, weight_decay=0.25), lion),
    ],
    ids=lambda value: value.name if isinstance(value, Optimizer) else "",
)
def test_an_optimizer_follows_its_formula(recipe: Optimizer, rule: Rule) -> None:
    """Five updates, written out."""
    with jax.enable_x64(True):
        found, _ = walked(made(optimizer=recipe))
    for name, w in tree(0)["fc1"].items():
        kept: dict[str, np.ndarray] = {}
        for t in range(1, UPDATES + 1):
            w = rule(w, tree(t)["fc1"][name], kept, t)  # noqa: PLW2901  a walk
        np.testing.assert_allclose(found["fc1"][name], w, rtol=1e-9)


def test_the_rate_follows_the_schedule() -> None:
    """`rate` says it, and the updates are made with it."""
    train = Train(optimizer=Sgd(rate=0.5), schedule=(Linear(end=0.5, steps=4), Constant(factor=0.25)))
    rates = [float(rate(train, 100, 10)(jnp.int32(t))) for t in range(UPDATES + 1)]
    assert rates == [0.5, 0.4375, 0.375, 0.3125, 0.125, 0.125]
    with jax.enable_x64(True):
        found, _ = walked(transformation(train, GRAPH, 100, 10))
    wanted = leaves(tree(0)) - sum(rates[t] * leaves(tree(t + 1)) for t in range(UPDATES))
    np.testing.assert_allclose(leaves(found), wanted, rtol=EXACT)


def one_update(gradients: Any, params: Any, **fields: Any) -> np.ndarray:
    """What a first step of plain descent at rate 1 takes away."""
    with jax.enable_x64(True):
        transform = made(optimizer=Sgd(rate=1.0), **fields)
        given, held = (jax.tree.map(jnp.asarray, values) for values in (gradients, params))
        updates, _ = jax.jit(transform.update)(given, transform.init(held), held)
    return -leaves(updates)


def test_clipping_scales_the_whole_gradient() -> None:
    """To the norm that is given, its direction kept; a shorter gradient stays as it is."""
    g = leaves(tree(1))
    norm = float(np.sqrt((g**2).sum()))
    np.testing.assert_allclose(one_update(tree(1), tree(0), clip=norm / 4), g / 4, rtol=EXACT)
    np.testing.assert_allclose(one_update(tree(1), tree(0), clip=norm * 4), g, rtol=EXACT)


def test_penalties_are_added_after_clipping() -> None:
    """The penalty's gradient is neither clipped nor does it count in the norm."""
    g, w = tree(1)["fc1"], tree(0)["fc1"]
    norm = float(np.sqrt((leaves(g) ** 2).sum()))
    found = one_update(tree(1), tree(0), clip=norm / 4, regularization=(L2(strength=3.0),))
    wanted = {"bias": g["bias"] / 4, "kernel": g["kernel"] / 4 + 3 * w["kernel"]}
    np.testing.assert_allclose(found, leaves(wanted), rtol=EXACT)


@pytest.mark.parametrize(
    "recipes",
    [(L1(strength=0.3),), (L2(strength=0.7),), (L1(strength=0.3, decayed="all"), L2(strength=0.7))],
    ids=["l1", "l2", "both"],
)
def test_a_penaltys_gradient_is_that_of_its_value(recipes: tuple[Any, ...]) -> None:
    """By central differences of the penalty, at parameters of which none is near 0."""
    params = jax.tree.map(lambda a: a + np.sign(a), tree(0))
    zeros = jax.tree.map(np.zeros_like, params)
    found, flat, wanted, h = one_update(zeros, params, regularization=recipes), leaves(params), [], 1e-6
    with jax.enable_x64(True):
        value = jax.jit(penalty(Train(regularization=recipes), GRAPH))
        _, unravel = jax.flatten_util.ravel_pytree(jax.tree.map(jnp.asarray, params))
        for i in range(flat.size):
            away = [
                float(value(unravel(jnp.asarray(flat + sign * h * np.eye(flat.size)[i])))) for sign in (1, -1)
            ]
            wanted.append((away[0] - away[1]) / (2 * h))
    np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-8)
    assert found.any()


def test_the_value_of_penalties() -> None:
    """An l1 costs strength * sum |w|, an l2 strength / 2 * sum w^2, of the weights or of all."""
    params = {"fc1": {"kernel": jnp.array([[1.0, -2], [0, 3], [0, 0]]), "bias": jnp.array([-4.0, 0])}}
    for recipes, wanted in [
        ((), 0),
        ((L1(strength=0.5),), 3),
        ((L1(strength=0.5, decayed="all"),), 5),
        ((L2(strength=2.0),), 14),
        ((L1(strength=0.5), L2(strength=2.0, decayed="all")), 33),
    ]:
        value = penalty(Train(regularization=recipes), GRAPH)(params)
        assert value.dtype == jnp.float32
        assert float(value) == wanted


EVERYTHING = """
input: {shape: 6x6, tokens: 9}
network: |
  embed-4 -> conv3-4 -> bn -> prelu -> scale -> dwconv3 -> ln -> sepconv3-4 -> upconv2-4
  subsample2 -> conv3-2(bias=position) -> rbf-5
"""


def test_weights_are_kernels_and_embeddings() -> None:
    """Biases, norms and trained factors are left alone unless `all` is asked for; what is not trained is not listed."""
    model = netspec.load(text=EVERYTHING).compile()
    params, _ = jax.eval_shape(model.init, jax.eval_shape(jax.random.key, 0))
    mask = decayed(model.graph, "weights")
    assert jax.tree.structure(mask) == jax.tree.structure(params)
    touched = {f"{layer}.{name}" for layer, names in mask.items() for name, on in names.items() if on}
    assert touched == {
        "embed1.kernel", "conv1.kernel", "dwconv1.kernel", "sepconv1.depthwise_kernel", "sepconv1.pointwise_kernel",
        "upconv1.kernel", "conv2.kernel",
    }  # fmt: skip
    left = {f"{layer}.{name}" for layer, names in mask.items() for name, on in names.items() if not on}
    assert {
        "bn1.scale",
        "bn1.offset",
        "ln1.scale",
        "scale1.factor",
        "prelu1.slope",
        "subsample1.weight",
    } <= left
    assert all(jax.tree.leaves(decayed(model.graph, "all")))


@pytest.mark.parametrize("name", list(Optimizer.kinds))
def test_nothing_becomes_float64_unless_the_parameters_are(name: str) -> None:
    """Where 64-bit arrays are allowed, the updates and the state of float32 parameters have no more than 32 bits."""
    recipe = Optimizer.kinds[name](rate=0.1)
    with jax.enable_x64(True):
        transform = made(
            optimizer=recipe,
            clip=1.0,
            regularization=(L1(strength=0.1), L2(strength=0.1)),
            schedule=(Step(steps=3),),
        )
        params, state = jax.eval_shape(lambda: walked(transform, jnp.float32))
    assert {leaf.dtype.name for leaf in jax.tree.leaves((params, state))} <= {"float32", "int32"}
