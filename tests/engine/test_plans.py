"""Rematerialization and scanning: the same losses, gradients, states and names, in less memory."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_networks import trees

import netspec
from netspec.engine.model import Model

EXACT = 1e-12
RESIDUAL = """
input: 8x8x3
blocks:
  unit(w):
    - residual: conv3-{w} -> bn
    - relu
  shrink(w):
    - residual: conv3-{w}/2 -> relu
network: |
  conv3-4 -> [unit(4)]*2
  shrink(6) -> dropout(0.2) @middle
  gap -> fc-5
heads:
  side: {from: middle, network: gap -> fc-5, loss_weight: 0.3}
"""
CHAIN = """
input: 8x8x3
network: |
  [conv3-4 -> relu]*2 -> pool2 -> conv3-4 @one -> tanh -> conv3-4(share=one) -> bn @norm -> relu -> bn(share=norm)
  gap -> fc-5
"""
UNREAD = """
input: 8x8x3
blocks:
  unit():
    - conv3-4 -> relu @kept
    - conv1-4
    - from: kept
    - tanh
network: "conv3-4 -> [unit]*3 -> gap -> fc-5"
"""
PLANS: dict[str, tuple[str, dict[str, Any]]] = {
    "blocks": (RESIDUAL, {"remat": "blocks"}),
    "by hand": (RESIDUAL, {"remat": ["unit2", "shrink1"]}),
    "scanned": (RESIDUAL, {"scan": True}),
    "scanned blocks": (RESIDUAL, {"scan": True, "remat": "blocks"}),
    "shared": (CHAIN, {"remat": "blocks", "scan": True}),
    "unread": (UNREAD, {"scan": True}),
}
QUICKLY = {"xla_backend_optimization_level": 0}


def made(text: str, **options: Any) -> Model:
    """A network in float64 with a plan."""
    return netspec.load(text=text).compile(precision="float64", lowerings="reference", **options)


def arguments(model: Model, batch: int = 3) -> tuple[Any, Any, Any, jax.Array]:
    """Parameters, state, a labelled batch and a key."""
    x = np.random.default_rng(1).normal(size=(batch, *model.graph.input.sizes))
    return *trees(model), {"x": jnp.asarray(x), "y": jnp.arange(batch) % 5}, jax.random.key(2)


def distance(a: Any, b: Any) -> float:
    """The largest difference between the arrays of two trees, which have the same names."""
    assert jax.tree.structure(a) == jax.tree.structure(b)
    return max(float(jnp.abs(x - y).max()) for x, y in zip(*map(jax.tree.leaves, (a, b)), strict=True))


def steps(model: Model) -> Any:
    """Loss, gradients and new state."""
    given = arguments(model)
    return jax.jit(model.loss_and_grad).lower(*given).compile(QUICKLY)(*given)


@cache
def plain(text: str) -> Any:
    """Without a plan."""
    return steps(made(text))


@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_changes_no_value(plan: str) -> None:
    """Loss, gradients, new state and their names are those without it, to rounding in float64."""
    text, options = PLANS[plan]
    with jax.enable_x64(True):
        assert distance(steps(made(text, **options)), plain(text)) < EXACT


@pytest.mark.parametrize("options", [{"remat": "blocks"}, {"scan": True}], ids=str)
def test_a_plan_changes_no_inference(options: dict[str, Any]) -> None:
    """Nor the output, nor the gradient to the input."""
    with jax.enable_x64(True):
        both = made(UNREAD), made(UNREAD, **options)
        params, state, batch, _ = arguments(both[0])
        found, wanted = (
            jax.value_and_grad(lambda x, model=model: model.apply(params, state, x).sum())(batch["x"])
            for model in both
        )
        assert distance(found, wanted) < EXACT


@pytest.mark.parametrize("options", [{"remat": "blocks"}, {"scan": True}], ids=str)
def test_a_trace_has_every_layer_whatever_the_plan(options: dict[str, Any]) -> None:
    """The values and gradients inside of rematerialized and scanned blocks are there too."""
    with jax.enable_x64(True):
        straight, planned = (made(UNREAD, **chosen) for chosen in ({}, options))
        given = arguments(straight)
        found = planned.trace(*given)
        assert found.values.keys() == {"input", *(node.name for node in straight.graph)}
        assert distance(found, straight.trace(*given)) < EXACT


def deep(**options: Any) -> Model:
    """Eighteen equal layers in six blocks."""
    text = 'input: 32x32x8\nblocks: {unit: "[conv3-8 -> tanh]*3"}\nnetwork: "[unit]*6 -> gap -> fc-2"\n'
    return netspec.load(text=text).compile(lowerings="reference", **options)


def working_bytes(model: Model) -> int:
    """What XLA's plan of the training step needs besides arguments and results."""
    return int(model.compiled_step(16).memory_analysis().temp_size_in_bytes)


def test_rematerialization_saves_memory() -> None:
    """All blocks of a deep chain take less than half; a budget in between takes some of them."""
    everything = working_bytes(deep())
    nothing = working_bytes(deep(remat="blocks"))
    assert nothing < everything / 2
    chosen = deep(remat=f"{(everything + nothing) // 2 // 1024}KiB at batch 16").plan.remat
    assert 0 < len(chosen) < 7


def test_rematerialization_saves_memory_in_a_scan_too() -> None:
    """Blocks that are compiled once can be computed again as well."""
    assert working_bytes(deep(scan=True, remat="blocks")) < working_bytes(deep(scan=True)) / 2


def test_a_scan_compiles_equal_blocks_once() -> None:
    """The program of six equal blocks has the convolutions of one, and those before and behind."""

    def convolutions(model: Model) -> int:
        params, state = jax.eval_shape(model.init, jax.random.key(0))
        compiled = jax.jit(model.apply).lower(params, state, model.input_struct(2)).compile()
        return str(compiled.as_text()).count(" convolution(")

    assert convolutions(deep()) == 18
    assert convolutions(deep(scan=True)) < 10
