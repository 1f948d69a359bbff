"""Losses of compiled networks against plain sums in numpy, in float64."""

from collections.abc import Callable
from math import exp, log
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_networks import trees

import netspec
from netspec.engine.model import Model

EXACT = 1e-12
Rows = list[tuple[np.ndarray, Any]]
"""Outputs of one example at one position, and the label for them."""


def compiled(network: str, loss: str = "cross_entropy", given: str = "5") -> Model:
    """A network in float64 that is trained with a loss."""
    text = f'input: {given}\nnetwork: "{network}"\ntrain: {{loss: "{loss}"}}\n'
    return netspec.load(text=text).compile(precision="float64")


def computed(model: Model, labels: Any, batch: int = 4) -> tuple[np.ndarray, float]:
    """The outputs of a random batch, and netspec's loss of them."""
    params, state = trees(model, seed=1)
    x = np.random.default_rng(2).normal(size=(batch, *model.graph.input.sizes))
    loss, (_, y) = model.loss(params, state, {"x": jnp.asarray(x), "y": jnp.asarray(labels)})
    return np.asarray(y), float(loss)


def log_share(logits: np.ndarray, i: int) -> float:
    """The logarithm of class i's share."""
    return float(logits[i]) - log(sum(exp(z) for z in logits))


def entropy(logits: np.ndarray, i: int) -> float:
    """Of a class id."""
    return -log_share(logits, i)


def entropy_of_shares(logits: np.ndarray, shares: np.ndarray) -> float:
    """Of shares of all classes."""
    return -sum(share * log_share(logits, i) for i, share in enumerate(shares))


def surprise(probabilities: np.ndarray, i: int) -> float:
    """Of a class id, where the network gives probabilities."""
    return -log(probabilities[i])


def squares(y: np.ndarray, target: Any) -> float:
    """Half the sum of squares to the targets, or to 1 at a class id and 0 elsewhere."""
    wanted = np.eye(len(y))[target] if np.ndim(target) == 0 and len(y) > 1 else np.ravel(target)
    return sum((a - b) ** 2 for a, b in zip(y, wanted, strict=True)) / 2


def yes_or_no(logits: np.ndarray, answers: Any) -> float:
    """Added up over the outputs; a class id is yes at its class."""
    wanted = np.eye(len(logits))[answers] if np.ndim(answers) == 0 and len(logits) > 1 else np.ravel(answers)
    chances = [1 / (1 + exp(-z)) for z in logits]
    return -sum(log(p) if a else log(1 - p) for p, a in zip(chances, wanted, strict=True))


def doubt(chances: np.ndarray, answers: Any) -> float:
    """The same, where the network ends in a sigmoid."""
    return -sum(a * log(p) + (1 - a) * log(1 - p) for p, a in zip(chances, np.ravel(answers), strict=True))


def margins(y: np.ndarray, i: int, margin: float = 1.0) -> float:
    """How far the best other class is too near."""
    return float(max(0, margin + max(v for j, v in enumerate(y) if j != i) - y[i]))


def mean(rows: Rows, cost: Callable[..., float]) -> float:
    """The mean of what all rows cost."""
    return sum(cost(y, label) for y, label in rows) / len(rows)


def by_position(y: np.ndarray, labels: np.ndarray) -> Rows:
    """A row for each example and position; the last axis of `y` holds the classes."""
    each = labels.reshape(-1, *labels.shape[y.ndim - 1 :])
    return list(zip(y.reshape(-1, y.shape[-1]), each, strict=True))


IDS = np.array([0, 2, 1, 2])
MAP = np.arange(4 * 2 * 3).reshape(4, 2, 3) % 3
SHARES = np.random.default_rng(0).dirichlet([1, 1, 1], 4)
TARGETS = np.random.default_rng(0).normal(size=(4, 3))
ANSWERS = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0]])


@pytest.mark.parametrize(
    ("network", "loss", "labels", "cost"),
    [
        ("fc-3", "cross_entropy", IDS, entropy),
        ("fc-3", "cross_entropy", IDS.astype(np.uint8), entropy),
        ("fc-3 -> softmax", "cross_entropy", IDS, surprise),
        ("fc-3", "cross_entropy", SHARES, entropy_of_shares),
        ("fc-3", "cross_entropy", np.eye(3, dtype=int)[IDS], entropy_of_shares),
        ("fc-3", "squared_error", IDS, squares),
        ("fc-3", "squared_error", TARGETS, squares),
        ("fc-3 -> softmax", "squared_error", IDS, squares),
        ("fc-1", "squared_error", TARGETS[:, 0], squares),
        ("fc-1", "squared_error", TARGETS[:, :1], squares),
        ("fc-3", "squared_error(factor=2)", TARGETS, lambda y, t: 4 * squares(y, t)),
        ("fc-3", "squared_error(outputs=mean)", TARGETS, lambda y, t: squares(y, t) / 3),
        ("fc-3", "binary_cross_entropy", ANSWERS, yes_or_no),
        ("fc-3", "binary_cross_entropy", IDS, yes_or_no),
        ("fc-3 -> sigmoid", "binary_cross_entropy", ANSWERS, doubt),
        ("fc-1", "binary_cross_entropy", ANSWERS[:, 0], yes_or_no),
        ("fc-1 -> sigmoid", "binary_cross_entropy", ANSWERS[:, :1], doubt),
        ("fc-3", "hinge", IDS, margins),
        ("fc-3", "hinge(0.25)", IDS, lambda y, i: margins(y, i, 0.25)),
        ("fc-6 -> reshape(2x1x3)", "cross_entropy", MAP[:, :, :1], entropy),
        ("fc-18 -> reshape(2x3x3) -> softmax", "cross_entropy", MAP, surprise),
        ("fc-18 -> reshape(2x3x3)", "squared_error", MAP, squares),
        ("fc-18 -> reshape(2x3x3)", "hinge", MAP, margins),
    ],
)
def test_a_loss_is_the_mean_of_what_each_position_costs(
    network: str, loss: str, labels: np.ndarray, cost: Callable[..., float]
) -> None:
    """Over the batch, and over the positions of a map; a last softmax or sigmoid counts once."""
    with jax.enable_x64(True):
        y, found = computed(compiled(network, loss), labels)
    assert found == pytest.approx(mean(by_position(y, labels), cost), rel=EXACT)


@pytest.mark.parametrize("ending", ["", " -> softmax"])
def test_classes_may_weigh_and_labels_may_be_left_out(ending: str) -> None:
    """Then the loss is the weighted mean over the labels that count; none of them is no loss."""
    weights, cost = [0.5, 2.0, 1.0], surprise if ending else entropy
    labels = np.where(MAP == 1, 255, MAP)
    loss = "cross_entropy(class_weights=[0.5, 2, 1], ignore=255)"
    with jax.enable_x64(True):
        model = compiled(f"fc-18 -> reshape(2x3x3){ending}", loss)
        y, found = computed(model, labels)
        _, none = computed(model, np.full_like(labels, 255))
    rows = [(one, i) for one, i in by_position(y, labels) if i != 255]
    total = sum(weights[i] for _, i in rows)
    assert found == pytest.approx(sum(weights[i] * cost(one, i) for one, i in rows) / total, rel=EXACT)
    assert none == 0


@pytest.mark.parametrize("labels", [MAP - 1, np.full_like(MAP, -1)])
@pytest.mark.parametrize(
    ("network", "loss", "cost"),
    [
        ("fc-18 -> reshape(2x3x3)", "cross_entropy", entropy),
        ("fc-18 -> reshape(2x3x3)", "cross_entropy(ignore=1)", entropy),
        ("fc-18 -> reshape(2x3x3)", "squared_error", squares),
        ("fc-18 -> reshape(2x3x3)", "binary_cross_entropy", yes_or_no),
        ("fc-6 -> reshape(2x3x1) -> sigmoid", "binary_cross_entropy", doubt),
        ("fc-18 -> reshape(2x3x3)", "hinge", margins),
    ],
)
def test_a_label_below_0_is_no_label(
    network: str, loss: str, cost: Callable[..., float], labels: np.ndarray
) -> None:
    """For any loss the mean is over the others, and no gradient comes from it; where there are no others it is 0."""
    with jax.enable_x64(True):
        model = compiled(network, loss)
        y, found = computed(model, labels)
        params, state = trees(model, seed=1)
        batch = {"x": jnp.zeros((4, 5)), "y": jnp.asarray(labels)}
        bias = model.loss_and_grad(params, state, batch).gradients["fc1"]["bias"].reshape(2, 3, -1)
    left_out = (-1, 1) if "ignore" in loss else (-1,)
    rows = [(one, i) for one, i in by_position(y, labels) if i not in left_out]
    assert found == pytest.approx(mean(rows, cost) if rows else 0, rel=EXACT)
    # At a position that no example has a label for.
    assert bool(jnp.isfinite(bias).all())
    assert not bias[(labels < 0).all(0)].any()


def test_answers_below_0_are_none_and_targets_below_0_are_some() -> None:
    """A row of answers with one below 0 is left out; of numbers to be hit minus infinity alone is."""
    answers, targets = ANSWERS.copy(), TARGETS.copy()
    answers[1, 2], targets[2] = -1, -np.inf
    one = np.array([-3, 2, -1, 0])
    with jax.enable_x64(True):
        y, found = computed(compiled("fc-3", "binary_cross_entropy"), answers)
        aims, hit = computed(compiled("fc-3", "squared_error"), targets)
        single, whole = computed(compiled("fc-1", "squared_error"), one)
    some = [0, 2, 3]
    assert found == pytest.approx(mean(by_position(y[some], answers[some]), yes_or_no), rel=EXACT)
    some = [0, 1, 3]
    assert (targets[some] < 0).any()
    assert hit == pytest.approx(mean(by_position(aims[some], targets[some]), squares), rel=EXACT)
    assert whole == pytest.approx(mean(by_position(single, one), squares), rel=EXACT)


def test_classes_may_weigh_shares() -> None:
    """Each class's part of the cost is multiplied by its weight."""
    with jax.enable_x64(True):
        y, found = computed(compiled("fc-3", "cross_entropy(class_weights=[0.5, 2, 1])"), SHARES)
    weighted = mean(by_position(y, SHARES * [0.5, 2, 1]), entropy_of_shares)
    assert found == pytest.approx(weighted, rel=EXACT)


def test_a_softmax_over_positions() -> None:
    """The board's points are the classes, of each channel for itself; shares lie on the board as well."""
    points, shares = np.array([[4, 0], [1, 5], [2, 2]]), np.random.default_rng(0).uniform(size=(3, 2, 3, 2))
    with jax.enable_x64(True):
        model = compiled("conv1-2 -> softmax(over=positions)", given="2x3x1")
        y, found = computed(model, points, batch=3)
        _, shared = computed(model, shares, batch=3)
        flat, alphago = computed(compiled("conv1-1 -> flatten -> softmax", given="2x3x1"), points[:, 0], 3)
        whole, over_all = computed(compiled("conv1-2 -> softmax(over=all)", given="2x3x1"), points[:, 1], 3)
    chances = y.reshape(3, 6, 2)
    costs = [-log(chances[n, points[n, c], c]) for n in range(3) for c in range(2)]
    assert found == pytest.approx(np.mean(costs), rel=EXACT)
    sums = [-(shares[n, ..., c] * np.log(y[n, ..., c])).sum() for n in range(3) for c in range(2)]
    assert shared == pytest.approx(np.mean(sums), rel=EXACT)
    assert alphago == pytest.approx(mean(by_position(flat, points[:, 0]), surprise), rel=EXACT)
    assert over_all == pytest.approx(
        mean(by_position(whole.reshape(3, -1), points[:, 1]), surprise), rel=EXACT
    )


@pytest.mark.parametrize(
    ("network", "loss"),
    [
        ("fc-3 -> softmax", "cross_entropy"),
        ("fc-3 -> sigmoid", "binary_cross_entropy"),
        ("fc-3", "cross_entropy"),
    ],
)
def test_large_logits_neither_overflow_nor_vanish(network: str, loss: str) -> None:
    """In float32 a wrong answer by a thousand costs a thousand, with a gradient."""
    model = netspec.load(text=f"input: 3\nnetwork: {network}\ntrain: {{loss: {loss}}}\n").compile()
    params = {"fc1": {"kernel": jnp.eye(3) * 1000, "bias": jnp.zeros(3)}}
    batch = {"x": jnp.array([[1.0, 0, 0]]), "y": jnp.array([[0.0, 1, 0]])}
    step = model.loss_and_grad(params, {}, batch)
    assert float(step.loss) == pytest.approx(1000 if loss == "cross_entropy" else 1000 + 2 * log(2), abs=1)
    assert float(step.gradients["fc1"]["bias"][0]) == pytest.approx(1)
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(step.gradients))
