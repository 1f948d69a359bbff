"""Gradients of compiled networks: backward, traces, shared weights, heads."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_networks import TWO_HEADS, trees

import netspec
from netspec.engine.model import Model

EXACT = 1e-12
CHAIN = "input: 4x4x2\nnetwork: conv2-3(padding=valid) -> relu -> avgpool3 -> fc-3\n"


def made(text: str) -> Model:
    """A network in float64."""
    return netspec.load(text=text).compile(precision="float64")


def random(*shape: int, seed: int = 0) -> jax.Array:
    """Normal numbers."""
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape))


def assert_near(found: Any, wanted: Any, bound: float = EXACT) -> None:
    """Equal to rounding, with the same names."""
    assert jax.tree.structure(found) == jax.tree.structure(wanted)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b, rtol=bound, atol=bound)


@pytest.mark.parametrize("train", [True, False])
def test_backward_is_the_vector_jacobian_product(*, train: bool) -> None:
    """Of `forward`, with every head, or of `apply`; to parameters and input."""
    with jax.enable_x64(True):
        model, key = made(TWO_HEADS), jax.random.key(0)
        params, state = trees(model)
        x, heads = random(3, 8, 8, 3), {name: random(3, 5, seed=i) for i, name in enumerate(model.heads, 1)}
        if train:
            _, pull = jax.vjp(lambda p, x: model.forward(p, state, x, key)[0], params, x)
        else:
            _, pull = jax.vjp(lambda p, x: model.apply(p, state, x), params, x)
        cotangent = heads if train else heads["output"]
        assert_near(model.backward(params, state, x, cotangent, key, train=train), pull(cotangent))


def test_token_ids_have_no_gradient() -> None:
    """Backward gives None for them, and the embedding's gradient is that of the vectors that were read."""
    with jax.enable_x64(True):
        model = made("input: {shape: 3, tokens: 5}\nnetwork: embed-2 -> fc-2\n")
        params, state = trees(model)
        ids, cotangent = jnp.array([[1, 1, 4], [0, 4, 2]]), random(2, 2)
        gradients, to_input = model.backward(params, state, ids, cotangent)
        assert to_input is None
        each = (np.asarray(cotangent) @ np.asarray(params["fc1"]["kernel"]).T).reshape(2, 3, 2)
        wanted = np.zeros((5, 2))
        for row, vectors in zip(np.asarray(ids), each, strict=True):
            for i, vector in zip(row, vectors, strict=True):
                wanted[i] += vector
        assert_near(gradients["embed1"]["kernel"], wanted)
        trace = model.trace(params, state, {"x": ids, "y": jnp.array([0, 1])})
        assert "input" in trace.values
        assert "input" not in trace.gradients


def rest(params: Any, place: str) -> Any:
    """What CHAIN does from one of its values on, written out; up to the logits."""
    fc = params["fc1"]
    conv = params["conv1"]

    def convolved(x: jax.Array) -> jax.Array:
        taps = [(i, j) for i in range(2) for j in range(2)]
        shifted = (x[:, i : i + 3, j : j + 3] @ conv["kernel"][i, j] for i, j in taps)
        return sum(shifted, start=jnp.zeros(())) + conv["bias"]

    steps = {
        "input": convolved,
        "conv1": lambda v: jnp.maximum(v, 0),
        "relu1": lambda v: v.mean((1, 2), keepdims=True),
        "avgpool1": lambda v: v.reshape(len(v), -1) @ fc["kernel"] + fc["bias"],
        "fc1": lambda v: v,
    }
    names = list(steps)

    def run(value: jax.Array) -> jax.Array:
        for name in names[names.index(place) :]:
            value = steps[name](value)
        return value

    return run


def cost(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Cross-entropy."""
    chances = jnp.exp(logits) / jnp.exp(logits).sum(-1, keepdims=True)
    return -jnp.log(chances[jnp.arange(len(labels)), labels]).mean()


def test_a_trace_has_every_value_and_its_gradient() -> None:
    """Values are what the layers give one after another, gradients those of the rest of the network behind each."""
    with jax.enable_x64(True):
        model = made(CHAIN)
        params, state = trees(model)
        params["conv1"]["kernel"] -= 0.5
        x, labels = random(5, 4, 4, 2), jnp.arange(5) % 3
        trace = model.trace(params, state, {"x": x, "y": labels})
        assert list(trace.values) == list(trace.gradients) == ["avgpool1", "conv1", "fc1", "input", "relu1"]
        assert_near(trace.values["input"], x)
        logits = rest(params, "input")(x)
        for name, value in trace.values.items():
            assert_near(rest(params, name)(value), logits)
            wanted = jax.grad(lambda v, name=name: cost(rest(params, name)(v), labels))(value)
            assert_near(trace.gradients[name], wanted)
        assert float(jnp.abs(trace.gradients["input"]).max()) > 0
        unlabelled = model.trace(params, state, {"x": x})
        assert unlabelled.gradients == {}
        assert_near(unlabelled.values, trace.values)


def test_a_trace_sees_all_that_a_value_goes_to() -> None:
    """A value that two layers and a head read gets the sum of their gradients; values are those of the pass in question."""
    text = """
input: 3
network: "fc-4 @a -> tanh @b -> fc-4 -> add(a, b) -> bn -> fc-3"
heads: {side: {from: a, network: fc-3, loss_weight: 0.5}}
"""
    with jax.enable_x64(True):
        model = made(text)
        params, state = trees(model)
        batch = {"x": random(6, 3), "y": jnp.arange(6) % 3}

        def loss_behind(a: jax.Array) -> jax.Array:
            b = jnp.tanh(a)
            z = b @ params["fc2"]["kernel"] + params["fc2"]["bias"] + a + b
            z = (z - z.mean(0)) / jnp.sqrt(z.var(0) + 1e-5) * params["bn1"]["scale"] + params["bn1"]["offset"]
            main = z @ params["fc3"]["kernel"] + params["fc3"]["bias"]
            side = a @ params["side/fc1"]["kernel"] + params["side/fc1"]["bias"]
            return cost(main, batch["y"]) + 0.5 * cost(side, batch["y"])

        trace = model.trace(params, state, batch)
        assert_near(trace.gradients["a"], jax.grad(loss_behind)(trace.values["a"]), 1e-10)
        loss, (_, outputs) = model.loss(params, state, batch)
        assert_near(loss_behind(trace.values["a"]), loss)
        assert_near(trace.values["fc3"], outputs["output"])
        inferred = model.trace(params, state, batch, train=False)
        assert_near(inferred.values["fc3"], model.apply(params, state, batch["x"]))


def test_shared_weights_get_the_sum_of_their_gradients() -> None:
    """A layer that shares another's weights owns none; the same network with copies has gradients that add up to its."""
    shared = "input: 5x5x3\nnetwork: conv3-3 @a -> tanh -> conv3-3({}) @b -> tanh -> conv3-3({}) @c -> gap -> fc-3\n"
    with jax.enable_x64(True):
        one = made(shared.format("share=a", "share=a"))
        three = made(shared.format("bias=true", "bias=true"))
        params, state = trees(one)
        assert params.keys() == {"a", "fc1"}
        batch = {"x": random(4, 5, 5, 3), "y": jnp.arange(4) % 3}
        found = one.loss_and_grad(params, state, batch)
        copies = params | {"b": params["a"], "c": params["a"]}
        wanted = three.loss_and_grad(copies, state, batch)
        assert_near(found.loss, wanted.loss)
        each = [wanted.gradients[name] for name in "abc"]
        assert_near(found.gradients["a"], jax.tree.map(lambda *g: sum(g, start=0.0), *each))
        assert_near(found.gradients["fc1"], wanted.gradients["fc1"])


def test_shared_batch_norm_averages_in_turn() -> None:
    """Running statistics that two layers share move with the first, then with the second."""
    with jax.enable_x64(True):
        model = made('input: 3\nnetwork: "bn(momentum=0.5) @n -> scale(2.0) -> bn(momentum=0.5, share=n)"\n')
        state = {"n": {"mean": jnp.full(3, 4.0), "variance": jnp.full(3, 8.0)}}
        params = {"n": {"scale": jnp.ones(3), "offset": jnp.ones(3)}, "scale1": {"factor": jnp.full(3, 2.0)}}
        x = random(50, 3)
        _, after = model.forward(params, state, x)
        first = 0.5 * 4 + 0.5 * x.mean(0)
        assert_near(after["n"]["mean"], 0.5 * first + 0.5 * 2)
        variances = x.var(0), 4 * x.var(0) / (x.var(0) + 1e-5)
        assert_near(after["n"]["variance"], 0.5 * (0.5 * 8 + 0.5 * variances[0]) + 0.5 * variances[1])


def heads(weight: float = 0.3) -> Model:
    """A network with a head."""
    return made(TWO_HEADS.replace("loss_weight: 0.3", f"loss_weight: {weight}"))


def test_every_head_is_given_in_training_and_on_request() -> None:
    """`forward` gives a dictionary, `apply` the main output, or with `heads` all of them."""
    with jax.enable_x64(True):
        model = heads()
        assert model.heads == {"output": 1.0, "early": 0.3}
        params, state = trees(model)
        x = random(2, 8, 8, 3)
        y, _ = model.forward(params, state, x, jax.random.key(0))
        assert {name: value.shape for name, value in y.items()} == {"output": (2, 5), "early": (2, 5)}
        every = model.apply(params, state, x, heads=True)
        assert every.keys() == y.keys()
        assert_near(model.apply(params, state, x), every["output"])
        single = made(CHAIN)
        own, none = trees(single)
        assert single.apply(own, none, random(2, 4, 4, 2), heads=True).keys() == {"output"}


def test_losses_of_heads_are_added_with_their_weights() -> None:
    """Each output has its own labels where they are given by name; a weight of 0 trains nothing of its head."""
    with jax.enable_x64(True):
        model, without = heads(), heads(0)
        params, state = trees(model)
        x, key = random(4, 8, 8, 3), jax.random.key(0)
        labels = {"output": jnp.arange(4) % 5, "early": (jnp.arange(4) + 2) % 5}
        loss, (_, y) = model.loss(params, state, {"x": x, "y": labels}, key)
        costs = {name: cost(y[name], labels[name]) for name in labels}
        assert_near(loss, costs["output"] + 0.3 * costs["early"])
        same, _ = model.loss(params, state, {"x": x, "y": labels["early"]}, key)
        assert_near(same, cost(y["output"], labels["early"]) + 0.3 * costs["early"])
        step = without.loss_and_grad(params, state, {"x": x, "y": {"output": labels["output"]}}, key)
        assert_near(step.loss, costs["output"])
        assert not any(leaf.any() for leaf in step.gradients["early/fc1"].values())


def operations(model: Model, **options: bool) -> float:
    """What XLA counts of an inference."""
    params, state, batch, _ = model.step_structs(2)
    program = jax.jit(lambda *given: model.apply(*given, **options)).lower(params, state, batch["x"])
    return float((program.cost_analysis() or {})["flops"])


def test_a_head_that_nobody_asks_for_is_not_computed() -> None:
    """The program of the main output alone has the operations of the network without heads."""
    text, _, _ = TWO_HEADS.partition("heads:")
    model, alone = netspec.load(text=TWO_HEADS).compile(), netspec.load(text=text).compile()
    assert operations(model) == operations(alone)
    assert operations(model, heads=True) > operations(alone)
