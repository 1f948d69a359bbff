"""Metrics against plain loops over examples and positions, in pieces and in one pass; smoothed labels."""

from collections.abc import Iterator
from math import exp, log
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import netspec
from netspec.engine.losses import loss_of
from netspec.graph.node import Node
from netspec.language.recipes.losses import BinaryCrossEntropy, CrossEntropy, Hinge, Loss, SquaredError
from netspec.training.labels import label_smoothing, smoothed
from netspec.training.metrics import Judged, added, judge, metrics, nothing, on_host

BATCH = 23
told = jax.jit(judge, static_argnums=(0, 1), static_argnames="blended")


def last_of(network: str) -> Node:
    """The node that gives a network's output."""
    return netspec.load(text=f'input: 5\nnetwork: "{network}"\n').graph.nodes[-1]


def random(*shape: int, seed: int = 0) -> np.ndarray:
    """Normal numbers in float32."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def ids(classes: int, *shape: int) -> np.ndarray:
    """Class ids."""
    return np.random.default_rng(9).integers(0, classes, shape).astype(np.int32)


def entropy(scores: np.ndarray, label: int) -> float:
    """Of a class id."""
    return log(sum(exp(float(s)) for s in scores)) - float(scores[label])


def squares(scores: np.ndarray, label: int) -> float:
    """Half the squares to 1 at the class and 0 elsewhere."""
    return sum((float(s) - (i == label)) ** 2 for i, s in enumerate(scores)) / 2


def margin(scores: np.ndarray, label: int) -> float:
    """How far the best other class is too near."""
    return max(0.0, 1 + max(float(s) for i, s in enumerate(scores) if i != label) - float(scores[label]))


def doubt(scores: np.ndarray, label: int) -> float:
    """Of yes or no, at a single output."""
    return log(1 + exp(float(-scores[0] if label else scores[0])))


COSTS = {"cross_entropy": entropy, "squared_error": squares, "hinge": margin, "binary_cross_entropy": doubt}
CASES = [
    ("fc-7", CrossEntropy(), (7,)),
    ("fc-3 -> softmax", CrossEntropy(), (3,)),
    ("fc-7", SquaredError(), (7,)),
    ("fc-6", Hinge(), (6,)),
    ("fc-1", BinaryCrossEntropy(), (1,)),
    ("fc-1 -> sigmoid", BinaryCrossEntropy(), (1,)),
    ("fc-18 -> reshape(2x3x3)", CrossEntropy(), (2, 3, 3)),
    ("fc-36 -> reshape(2x3x6)", CrossEntropy(ignore=255), (2, 3, 6)),
    ("fc-36 -> reshape(2x3x6)", CrossEntropy(ignore=0), (2, 3, 6)),
    ("fc-6 -> reshape(2x3x1)", BinaryCrossEntropy(), (2, 3, 1)),
]


def rows(scores: np.ndarray, labels: np.ndarray, recipe: Any) -> Iterator[tuple[np.ndarray, int]]:
    """The values and the class of everything that counts."""
    for values, label in zip(scores.reshape(-1, scores.shape[-1]), labels.ravel(), strict=True):
        if label >= 0 and label != getattr(recipe, "ignore", None):
            yield values, int(label)


def counted(scores: np.ndarray, labels: np.ndarray, recipe: Any) -> Judged:
    """The sums, one after the other."""
    classes = max(scores.shape[-1], 2)
    cost = weight = correct = top5 = 0.0
    confusion = np.zeros((classes, classes), int)
    for values, label in rows(scores, labels, recipe):
        chances = [0.0, float(values[0])] if len(values) == 1 else [float(v) for v in values]
        ranking = sorted(range(classes), key=lambda i, chances=chances: (-chances[i], i))
        cost += COSTS[recipe.name](values, label)
        weight += 1
        correct += ranking[0] == label
        top5 += label in ranking[:5]
        confusion[label, ranking[0]] += 1
    return Judged(cost, weight, correct, top5 if classes > 5 else None, weight, confusion)


def given(network: str, recipe: Loss, sizes: tuple[int, ...]) -> tuple[Node, Any, np.ndarray, np.ndarray]:
    """The last node, its value and its input's, the scores, and class ids of which some do not count."""
    last, scores = last_of(network), random(BATCH, *sizes)
    labels = ids(max(sizes[-1], 2), BATCH, *sizes[:-1])
    if getattr(recipe, "ignore", None) == 255:
        labels[labels == 1] = 255
    labels.flat[::7] = -1
    squashed = {"softmax": jax.nn.softmax, "sigmoid": jax.nn.sigmoid}.get(last.kind)
    y = jnp.asarray(scores)
    return last, (squashed(y) if squashed else y, y), scores, labels


def assert_same(found: Judged, wanted: Judged) -> None:
    """Counts exactly, float32 sums to rounding."""
    np.testing.assert_allclose(found.cost, wanted.cost, rtol=1e-5)
    for name in ("weight", "correct", "top5", "counted", "confusion"):
        a, b = getattr(found, name), getattr(wanted, name)
        assert (a is None) == (b is None), name
        np.testing.assert_array_equal(a if a is not None else 0, b if b is not None else 0, err_msg=name)


@pytest.mark.parametrize(("network", "recipe", "sizes"), CASES)
def test_sums_are_those_of_plain_loops(network: str, recipe: Loss, sizes: tuple[int, ...]) -> None:
    """Every example counts, of a map every position, but for labels below 0 and those that are ignored."""
    last, values, scores, labels = given(network, recipe, sizes)
    found = told(recipe, last, values, jnp.asarray(labels))
    assert_same(found, counted(scores, labels, recipe))
    assert {leaf.dtype.name for leaf in found[:2]} == {"float32"}
    assert {leaf.dtype.name for leaf in jax.tree.leaves(found[2:])} == {"int32"}
    loss = loss_of(recipe, last, values, jnp.asarray(labels))
    assert metrics(found)["loss"] == pytest.approx(float(loss), rel=1e-6)


@pytest.mark.parametrize(("network", "recipe", "sizes"), [CASES[0], CASES[1], CASES[7], CASES[9]])
def test_pieces_add_up(network: str, recipe: Loss, sizes: tuple[int, ...]) -> None:
    """Uneven batches, the last one filled up with what does not count, give the sums of one pass, in a loop too."""
    last, values, _, labels = given(network, recipe, sizes)
    whole = told(recipe, last, values, jnp.asarray(labels))
    total = nothing(recipe, last)
    for start, stop in [(0, 1), (1, 16), (16, BATCH)]:
        piece = told(recipe, last, tuple(v[start:stop] for v in values), jnp.asarray(labels[start:stop]))
        total = added(total, piece)
    assert_same(total, whole)

    filled = np.minimum(np.arange(24), BATCH - 1).reshape(4, 6)

    @jax.jit
    def looped(values: Any, labels: Any) -> Judged:
        def step(i: Any, total: Judged) -> Judged:
            taken = jnp.asarray(filled)[i]
            # What fills a batch up may be anything.
            own = tuple(
                jnp.where((i * 6 + jnp.arange(6) < BATCH).reshape(-1, *[1] * len(sizes)), v[taken], jnp.nan)
                for v in values
            )
            return added(total, judge(recipe, last, own, labels[taken], i * 6 + jnp.arange(6) < BATCH))

        return jax.lax.fori_loop(0, 4, step, nothing(recipe, last))

    assert_same(looped(values, jnp.asarray(labels)), whole)


def test_classes_that_weigh_weigh_in_the_loss_alone() -> None:
    """The weighted mean over all pieces; accuracy counts every example the same."""
    recipe, last = CrossEntropy(class_weights=(0.5, 2.0, 0.0)), last_of("fc-3")
    scores, labels = random(BATCH, 3), ids(3, BATCH)
    found = told(recipe, last, (scores, scores), jnp.asarray(labels))
    weights = [recipe.class_weights[label] for label in labels]
    costs = [entropy(values, label) for values, label in zip(scores, labels, strict=True)]
    assert float(found.weight) == sum(weights)
    assert metrics(found)["loss"] == pytest.approx(np.average(costs, weights=weights), rel=1e-5)
    assert int(found.counted) == BATCH


def test_shares_are_judged_by_the_largest() -> None:
    """Of mixed labels; smoothing changes the loss and not what is right."""
    recipe, last, scores, labels = CrossEntropy(), last_of("fc-7"), random(BATCH, 7), ids(7, BATCH)
    plain = told(recipe, last, (scores, scores), jnp.asarray(labels))
    spread = told(recipe, last, (scores, scores), label_smoothing(jnp.asarray(labels), 7, 0.2))
    assert_same(spread, plain._replace(cost=spread.cost))
    assert float(spread.cost) != pytest.approx(float(plain.cost), rel=1e-3)
    mixed = 0.6 * np.eye(7)[labels] + 0.4 * np.eye(7)[np.roll(labels, 1)]
    blended = told(recipe, last, (scores, scores), jnp.asarray(mixed, jnp.float32))
    assert_same(blended, plain._replace(cost=blended.cost))


def test_several_largest_shares() -> None:
    """The class that was told is right where it has one of them; a label without any share has no class."""
    scores = np.array([[3, 2, 1.0], [3, 2, 1], [3, 2, 1], [3, 2, 1]], np.float32)
    answers = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 0], [1, 0, 0]], np.float32)
    found = told(BinaryCrossEntropy(), last_of("fc-3"), (scores, scores), jnp.asarray(answers))
    assert (int(found.correct), int(found.counted)) == (2, 3)
    np.testing.assert_array_equal(found.confusion, [[2, 0, 0], [1, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize(("network", "size"), [("fc-1", 1), ("fc-3", 3)])
def test_numbers_to_be_hit_have_no_accuracy(network: str, size: int) -> None:
    """Of a regression there is the loss alone, whatever the shape of its targets."""
    scores, targets = random(BATCH, size), random(BATCH, size, seed=1)
    for labels in (targets, targets[:, 0])[: 2 if size == 1 else 1]:
        found = told(SquaredError(), last_of(network), (scores, scores), jnp.asarray(labels))
        assert metrics(found) == {
            "loss": pytest.approx(((scores - targets) ** 2).sum(-1).mean() / 2, rel=1e-5)
        }


def test_squared_error_of_labels_that_were_made_shares() -> None:
    """Where it is said that they were classes, they are judged as such."""
    scores, labels = random(BATCH, 3), ids(3, BATCH)
    recipe, last = SquaredError(), last_of("fc-3")
    shares = label_smoothing(jnp.asarray(labels), 3, 0.1)
    found = told(recipe, last, (scores, scores), shares, blended=True)
    wanted = told(recipe, last, (scores, scores), jnp.asarray(labels))
    assert_same(found, wanted._replace(cost=found.cost))


def test_equal_values_and_what_is_no_number() -> None:
    """Of equal values the first is told; a network that gives no numbers is not taken for a good one."""
    recipe, last = CrossEntropy(), last_of("fc-7")
    equal, labels = jnp.zeros((7, 7)), jnp.arange(7)
    found = told(recipe, last, (equal, equal), labels)
    assert (int(found.correct), int(found.top5)) == (1, 5)
    lost = jnp.full((7, 7), jnp.nan)
    found = told(recipe, last, (lost, lost), labels)
    assert (int(found.correct), int(found.top5)) == (1, 0)
    assert np.isnan(metrics(found)["loss"])


def test_what_is_kept_and_told() -> None:
    """The top five of more than five classes, the confusion of up to 1000; nothing judged has no accuracy."""
    for classes, names in [(5, {"loss", "accuracy"}), (6, {"loss", "accuracy", "top5_accuracy"})]:
        scores = random(4, classes)
        found = told(CrossEntropy(), last_of(f"fc-{classes}"), (scores, scores), jnp.zeros(4, jnp.int32))
        assert set(metrics(found)) == names
    assert nothing(CrossEntropy(), last_of("fc-1000")).confusion.shape == (1000, 1000)
    assert nothing(CrossEntropy(), last_of("fc-1001")).confusion is None
    assert metrics(nothing(CrossEntropy(), last_of("fc-3"))) == {"loss": 0.0}


def test_sums_on_the_host_hold_any_number() -> None:
    """More positions than 32 bits count."""
    most = nothing(CrossEntropy(), last_of("fc-6"))._replace(
        correct=jnp.int32(2**31 - 1), counted=jnp.int32(2**31 - 1)
    )
    total = added(on_host(most), on_host(most))
    assert int(total.counted) == 2**32 - 2
    assert metrics(total)["accuracy"] == 1


def test_label_smoothing_follows_its_formula() -> None:
    """(1 - share) * label + share / classes, of ids, of shares, and of yes or no between its two classes."""
    labels = np.array([[0, 2], [1, 1]])
    wanted = 0.7 * np.eye(3)[labels] + 0.1
    for given in (
        jnp.asarray(labels),
        jnp.asarray(labels, jnp.uint8),
        jnp.asarray(np.eye(3)[labels], jnp.float32),
    ):
        found = jax.jit(label_smoothing, static_argnums=(1, 2))(given, 3, 0.3)
        assert found.dtype == jnp.float32
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
    np.testing.assert_allclose(label_smoothing(jnp.array([0, 1]), 1, 0.2), [0.1, 0.9], rtol=1e-6)


@pytest.mark.parametrize(
    ("loss", "ignore"),
    [("cross_entropy(ignore=255)", 255), ("cross_entropy(ignore=1)", 1), ("cross_entropy", -1)],
)
def test_smoothed_labels_that_do_not_count_still_do_not(loss: str, ignore: int) -> None:
    """The loss is the mean over the others of what their smoothed labels cost, and accuracy is theirs."""
    text = f"input: 5\nnetwork: fc-18 -> reshape(2x3x3)\ntrain: {{loss: {loss}}}\n"
    model = netspec.load(text=text).compile()
    recipe, last, scores = model.objective, model.graph.nodes[-1], random(BATCH, 2, 3, 3)
    labels = ids(3, BATCH, 2, 3)
    labels[labels == 1] = ignore
    shares = smoothed(jnp.asarray(labels), model, 0.3)
    found = told(recipe, last, (scores, scores), shares)
    costs = [
        sum((0.1 + 0.7 * (i == label)) * entropy(values, i) for i in range(3))
        for values, label in rows(scores, labels, recipe)
    ]
    assert metrics(found)["loss"] == pytest.approx(np.mean(costs), rel=1e-5)
    assert float(found.weight) == len(costs)
    plain = told(recipe, last, (scores, scores), jnp.asarray(labels))
    assert_same(found, plain._replace(cost=found.cost))


@pytest.mark.parametrize(("loss", "outputs"), [("squared_error", 3), ("binary_cross_entropy", 1)])
def test_smoothed_labels_below_0_are_none(loss: str, outputs: int) -> None:
    """Whatever the loss and however much is spread: the loss is that of the other examples alone."""
    model = netspec.load(text=f"input: 5\nnetwork: fc-{outputs}\ntrain: {{loss: {loss}}}\n").compile()
    recipe, last = model.objective, model.graph.nodes[-1]
    scores, labels, some = random(BATCH, outputs), ids(2, BATCH), np.arange(BATCH) % 3 > 0
    labels[~some] = -1
    found = told(
        recipe, last, (scores, scores), smoothed(jnp.asarray(labels), model, 0.9), None, blended=True
    )
    others = smoothed(jnp.asarray(labels[some]), model, 0.9)
    wanted = told(recipe, last, (scores[some], scores[some]), others, None, blended=True)
    assert_same(found, wanted)
    assert float(found.weight) == some.sum()


def test_smoothed_labels_have_the_shape_of_the_output() -> None:
    """With heads by output; where a softmax tells positions apart, the shares lie on the positions."""
    text = "input: 2x3x1\nnetwork: conv1-2 @a -> softmax(over=positions)\nheads: {side: {from: a, network: gap -> fc-4}}\n"
    model = netspec.load(text=text).compile()
    points, sides = np.array([[4, 0], [1, 5]]), np.array([3, 0])
    found = smoothed({"output": jnp.asarray(points), "side": jnp.asarray(sides)}, model, 0.6)
    wanted = np.full((2, 2, 3, 2), 0.1)
    for n in range(2):
        for channel in range(2):
            wanted[n, points[n, channel] // 3, points[n, channel] % 3, channel] += 0.4
    np.testing.assert_allclose(found["output"], wanted, rtol=1e-6)
    np.testing.assert_allclose(smoothed(found, model, 0.0)["output"], wanted, rtol=1e-6)
    np.testing.assert_allclose(found["side"], 0.15 + 0.4 * np.eye(4)[sides], rtol=1e-6)
