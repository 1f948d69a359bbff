"""Compiled functions are pure, compose with JAX's transformations, compile once, and reuse what is donated."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import jax.monitoring
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax import export
from small_networks import model, trees

from netspec.engine.model import Model
from netspec.layers.conv import Conv
from netspec.ops.run import Run, Weights

MODEL = model()
BATCH = 4
COMPILED = "/jax/core/compile/backend_compile_duration"


def batch(seed: int = 0, size: int = BATCH) -> dict[str, jax.Array]:
    """Random inputs and labels."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(size, *MODEL.graph.input.sizes)).astype(np.float32)
    return {"x": jnp.asarray(x), "y": jnp.asarray(draw.integers(0, 5, size))}


def arguments(seed: int = 0) -> tuple[Any, Any, dict[str, jax.Array], jax.Array]:
    """Parameters, state, a labelled batch and a key."""
    return *trees(MODEL, seed), batch(seed), jax.random.key(seed)


def assert_near(found: Any, wanted: Any, relative: float = 1e-5) -> None:
    """Equal to rounding in float32, array by array."""
    assert jax.tree.structure(found) == jax.tree.structure(wanted)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b, rtol=relative, atol=relative * float(jnp.abs(b).max() + 1e-3))


def assert_equal(found: Any, wanted: Any) -> None:
    """Equal bit for bit."""
    assert jax.tree.structure(found) == jax.tree.structure(wanted)
    assert jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), found, wanted))


@contextmanager
def compilations() -> Iterator[list[str]]:
    """The programs that are compiled meanwhile."""
    found: list[str] = []
    jax.monitoring.register_event_duration_secs_listener(listener := _listener(found))
    try:
        yield found
    finally:
        jax.monitoring.unregister_event_duration_listener(listener)


def _listener(found: list[str]) -> Any:
    def note(event: str, duration: float, **more: Any) -> None:
        if event == COMPILED:
            found.append(event)

    return note


def stepping(optimizer: optax.GradientTransformation) -> tuple[Any, Any]:
    """A model's step, and its first arguments: parameters, state and the optimizer's state."""
    params, state = trees(MODEL)
    return MODEL.train_step(optimizer), (params, state, optimizer.init(params))


def test_functions_depend_on_their_arguments_alone() -> None:
    """The same arguments give the same bits, whatever was computed in between; another key drops other values."""
    first = MODEL.loss_and_grad(*arguments(0))
    params, state, data, _ = arguments(0)
    assert float(MODEL.loss_and_grad(params, state, data, jax.random.key(9)).loss) != float(first.loss)
    MODEL.loss_and_grad(*arguments(1))
    assert_equal(MODEL.loss_and_grad(*arguments(0)), first)
    assert_equal((params, state, data), arguments(0)[:3])


def test_they_run_inside_jit_and_grad() -> None:
    """`jax.value_and_grad(model.loss)` inside `jax.jit` gives what `loss_and_grad` gives, and forward's outputs."""
    given = arguments()
    whole = jax.jit(jax.value_and_grad(MODEL.loss, has_aux=True))
    (loss, (state, y)), gradients = whole(*given)
    step = MODEL.loss_and_grad(*given)
    assert_near((loss, gradients, state), tuple(step))
    params, before, data, key = given
    assert_near((y, state), MODEL.forward(params, before, data["x"], key))


def test_they_run_for_several_parameters_at_once() -> None:
    """`vmap` over parameters and states is an ensemble: losses, gradients and statistics of each."""
    several = [arguments(seed)[:2] for seed in (0, 1, 2)]
    params, state = jax.tree.map(lambda *leaves: jnp.stack(leaves), *several)
    _, _, data, key = arguments()
    together = jax.jit(jax.vmap(MODEL.loss_and_grad, (0, 0, None, None)))(params, state, data, key)
    for i, (own, statistics) in enumerate(several):
        one = jax.tree.map(lambda leaf, i=i: leaf[i], together)
        assert_near(one, MODEL.loss_and_grad(own, statistics, data, key), 1e-4)


def test_they_run_for_single_examples() -> None:
    """`vmap` over the examples of a batch gives each its own output, and its own gradient to the parameters."""
    params, state, data, _ = arguments()
    each = jax.vmap(lambda x: MODEL.apply(params, state, x[None])[0])(data["x"])
    assert_near(each, MODEL.apply(params, state, data["x"]))
    # The sum over the examples is the gradient of the sum.
    gradient = jax.grad(lambda p, x: MODEL.apply(p, state, x).sum())
    by_example = jax.vmap(lambda x: gradient(params, x[None]))(data["x"])
    assert_near(jax.tree.map(lambda leaf: leaf.sum(0), by_example), gradient(params, data["x"]), 1e-4)


def test_a_step_is_optax_s() -> None:
    """`train_step` does what a loop of one's own around `loss_and_grad` does, and the loss falls."""
    optimizer = optax.adam(1e-2)
    step, (params, state, slots) = stepping(optimizer)
    own = jax.tree.map(jnp.copy, (params, state, slots))
    _, _, data, key = arguments()
    losses = []
    for _ in range(5):
        params, state, slots, loss = step(params, state, slots, data, key)
        losses.append(float(loss))
        found = MODEL.loss_and_grad(own[0], own[1], data, key)
        updates, own_slots = optimizer.update(found.gradients, own[2], own[0])
        own = optax.apply_updates(own[0], updates), found.state, own_slots
    assert losses[-1] < losses[0]
    assert_near((params, state), own[:2], 1e-3)


def test_training_compiles_once() -> None:
    """Five steps with changing data and keys are one compilation, and so are five of inference."""
    step, (params, state, slots) = stepping(optax.sgd(1e-2, momentum=0.9))
    given = [(batch(i), jax.random.key(i)) for i in range(5)]
    fresh = model()
    with compilations() as found:
        for data, key in given:
            params, state, slots, _ = step(params, state, slots, data, key)
        assert len(found) == 1
        for data, _ in given:
            fresh.apply(params, state, data["x"])
        assert len(found) == 2
        fresh.apply(params, state, batch(0, size=3)["x"])
        assert len(found) > 2  # so the count can tell
    assert step._cache_size() == 1


def test_a_step_moves_nothing_between_host_and_device() -> None:
    """Once its arguments are on the device nothing is copied there or back."""
    step, (params, state, slots) = stepping(optax.adam(1e-2))
    given = [(batch(i), jax.random.key(i)) for i in range(3)]
    params, state, slots, loss = step(params, state, slots, *given[0])
    with jax.transfer_guard("disallow"):
        for data, key in given:
            params, state, slots, loss = step(params, state, slots, data, key)
        loss.block_until_ready()
        with pytest.raises(Exception, match="Disallowed host-to-device transfer"):
            MODEL.apply(params, state, np.zeros((BATCH, 8, 8, 3), np.float32))


def bytes_of(tree: Any) -> int:
    """Of all arrays."""
    return sum(leaf.nbytes for leaf in jax.tree.leaves(tree))


@pytest.mark.parametrize(
    "optimizer", [optax.sgd(0.1, momentum=0.9), optax.adam(0.1)], ids=["momentum", "adam"]
)
def test_donated_memory_is_reused(optimizer: optax.GradientTransformation) -> None:
    """XLA's plan puts every new parameter, statistic and slot where the old one was; the old ones are gone."""
    step, given = stepping(optimizer)
    data, key = batch(), jax.random.key(0)
    planned = step.lower(*given, data, key).compile().memory_analysis()
    assert planned.alias_size_in_bytes >= bytes_of(given)
    new = step(*given, data, key)
    assert all(leaf.is_deleted() for leaf in jax.tree.leaves(given))
    assert not any(leaf.is_deleted() for leaf in jax.tree.leaves((new, data)))


def exported(own: Model) -> bytes:
    """A training step as a program that needs no Python."""

    def descend(params: Any, state: Any, data: Any, key: jax.Array) -> Any:
        step = own.loss_and_grad(params, state, data, key)
        return jax.tree.map(lambda p, g: p - 0.1 * g, params, step.gradients), step.state, step.loss

    return bytes(export.export(jax.jit(descend))(*arguments()).serialize())


def test_a_training_step_can_be_exported() -> None:
    """`jax.export` writes a step down; read again it computes the same loss, parameters and statistics."""
    params, state, data, key = arguments()
    new, after, loss = export.deserialize(bytearray(exported(MODEL))).call(params, state, data, key)
    step = MODEL.loss_and_grad(params, state, data, key)
    wanted = jax.tree.map(lambda p, g: p - 0.1 * g, params, step.gradients)
    assert_near((new, after, loss), (wanted, step.state, step.loss))


def test_shapes_are_known_without_computing() -> None:
    """`jax.eval_shape` of a step says what a step gives."""
    step = jax.eval_shape(MODEL.loss_and_grad, *MODEL.step_structs(BATCH))
    found = MODEL.loss_and_grad(*arguments())
    like = jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), found)
    assert jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), step) == like


def test_equal_layers_are_traced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six equal convolutions are one to trace, in each pass, and they keep values of their own."""
    traced = []
    plain = Conv.computes

    def computes(self: Conv, run: Run, p: Weights, x: jax.Array) -> Any:
        traced.append(x.shape)
        return plain(self, run, p, x)

    monkeypatch.setattr(Conv, "computes", computes)
    deep = model('input: 7x5x3\nnetwork: "[conv3-3 -> relu]*6 -> fc-5"')
    params, state = deep.init(jax.random.key(0))
    labelled = {"x": jnp.ones((2, 7, 5, 3)), "y": jnp.zeros(2, int)}
    found = deep.loss_and_grad(params, state, labelled)
    assert traced == [(2, 7, 5, 3)]
    assert len({float(jnp.abs(own["kernel"]).sum()) for own in found.gradients.values()}) == 7
